using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.ApiKeys;

/// <summary><c>zakenak apikey list</c>.</summary>
internal static class ApiKeyListCommand
{
    public static Command Create(CliContext context)
    {
        var command = new Command("list", "Lists API keys: what they may do, never the keys themselves.\n\nExample: zakenak apikey list\n\n" + ExitCodes.Help);
        command.SetAction(
            context,
            (_, keeper, cancellationToken) => keeper.ListAsync(cancellationToken),
            (parsed, listing) => Succeed(context, parsed, listing));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, ApiKeyListing listing)
    {
        if (OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(listing)!.AsObject());
        }

        if (listing.Keys.Count == 0)
        {
            context.Output.WriteLine("There is no API key yet: zakenak apikey create --tenant NAME");
            return ExitCodes.Ok;
        }

        var table = new Table().AddColumns("Id", "Tenant", "Label", "Scopes", "Models", "State");
        foreach (var key in listing.Keys)
        {
            table.AddRow([.. new[]
            {
                key.Id,
                key.Tenant,
                key.Label ?? "",
                string.Join(' ', key.Scopes ?? ["all"]),
                string.Join(' ', key.Models ?? ["all"]),
                StateOf(key),
            }.Select(cell => Markup.Escape(Refusal.Printable(cell)))]);
        }

        context.CreateConsole(context.Output).Write(table);
        return ExitCodes.Ok;
    }

    private static string StateOf(ApiKeyItem key) =>
        key.Revoked is { } revoked ? "revoked " + Day(revoked)
        : key.Expires is not { } expires ? "good"
        : (expires <= DateTimeOffset.UtcNow ? "expired " : "good until ") + Day(expires);

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
