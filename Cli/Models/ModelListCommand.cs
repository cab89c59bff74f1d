using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Zakenak.Cli.Registry;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model list</c>.</summary>
internal static class ModelListCommand
{
    public static Command Create(CliContext context)
    {
        var command = new Command("list", "Lists the registry's models and versions.\n\nExample: zakenak model list\n\n" + ExitCodes.Help);
        command.SetAction(
            context,
            new RegistryOptions(),
            (_, registry, cancellationToken) => registry.Client.ListAsync(cancellationToken),
            (parsed, listing) => Succeed(context, parsed, listing));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, ModelListing listing)
    {
        if (OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(listing)!.AsObject());
        }

        if (listing.Models.Count == 0)
        {
            context.Output.WriteLine("The registry has no model yet: zakenak model push DIR");
            return ExitCodes.Ok;
        }

        var table = new Table().AddColumns("Version", "Stage", "MB", "Digest");
        foreach (var (model, version) in listing.Models.SelectMany(model => model.Versions.Select(version => (model, version))))
        {
            table.AddRow([.. new[]
            {
                ModelName.Subject(model.Name, version.Version),
                version.Revoked ? "revoked" : version.Stage,
                (version.Bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture),
                Short(version.Digest),
            }.Select(cell => Markup.Escape(Refusal.Printable(cell)))]);
        }

        context.CreateConsole(context.Output).Write(table);
        return ExitCodes.Ok;
    }

    private static string Short(string digest) => digest.Length > 19 ? digest[..19] + "…" : digest;
}
