using System.CommandLine;
using System.Globalization;
using Zakenak.Contracts;

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

    private static int Succeed(CliContext context, ParseResult parsed, ApiKeyListing listing) => ListOutput.Write(
        context,
        parsed,
        listing,
        "There is no API key yet: zakenak apikey create --tenant NAME",
        ["Id", "Tenant", "Label", "Scopes", "Models", "State"],
        [.. listing.Keys.Select(key => new[]
        {
            key.Id,
            key.Tenant,
            key.Label ?? "",
            string.Join(' ', key.Scopes ?? ["all"]),
            string.Join(' ', key.Models ?? ["all"]),
            StateOf(key),
        })]);

    private static string StateOf(ApiKeyItem key) =>
        key.Revoked is { } revoked ? "revoked " + Day(revoked)
        : key.Expires is not { } expires ? "good"
        : (expires <= DateTimeOffset.UtcNow ? "expired " : "good until ") + Day(expires);

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
