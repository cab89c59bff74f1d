using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Zakenak.ModelTrust;

namespace Zakenak.Cli;

/// <summary>Says a list: to people as a table, or a line where it is empty; to programs as it came.</summary>
internal static class ListOutput
{
    public static int Write<T>(CliContext context, ParseResult parsed, T listing, string whenEmpty, string[] columns, IReadOnlyList<string[]> rows)
    {
        if (OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(listing)!.AsObject());
        }

        if (rows.Count == 0)
        {
            context.Output.WriteLine(whenEmpty);
            return ExitCodes.Ok;
        }

        var table = new Table().AddColumns(columns);
        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(cell => Markup.Escape(Refusal.Printable(cell)))]);
        }

        context.CreateConsole(context.Output).Write(table);
        return ExitCodes.Ok;
    }
}
