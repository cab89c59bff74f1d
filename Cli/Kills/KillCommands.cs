using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Zakenak.Cli.Gateway;
using Zakenak.Contracts;

namespace Zakenak.Cli.Kills;

/// <summary><c>zakenak kill</c>: stops a version, a tenant or a key at the gateway, at once.</summary>
internal static class KillCommands
{
    public static Command Create(CliContext context) => new("kill", "Stops a version, a tenant or a key at the gateway: within a second on every replica, streams that run included.")
    {
        CreateAdd(context),
        CreateRemove(context),
        CreateList(context),
    };

    private static Command CreateAdd(CliContext context)
    {
        var (kind, value) = Arguments("stop");
        var reason = new Option<string?>("--reason") { Description = "Why, for other administrators; clients are not told", HelpName = "TEXT" };
        var command = new Command("add", $"Stops it.\n\nExample: zakenak kill add version guide:v2 --reason \"leaks training data\"\n\n{ExitCodes.Help}") { kind, value, reason };
        command.SetAction(
            context,
            (parsed, gateway, cancellationToken) => gateway.SendAsync<KillListing>(
                HttpMethod.Post, "kills", new KillOrder(parsed.GetRequiredValue(kind), parsed.GetRequiredValue(value), parsed.GetValue(reason)), cancellationToken),
            (parsed, listing) => Succeed(context, parsed, listing, $"Stopped {parsed.GetValue(kind)} {parsed.GetValue(value)}."));
        return command;
    }

    private static Command CreateRemove(CliContext context)
    {
        var (kind, value) = Arguments("let go on");
        var command = new Command("remove", $"Lets it go on.\n\nExample: zakenak kill remove tenant acme\n\n{ExitCodes.Help}") { kind, value };
        command.SetAction(
            context,
            (parsed, gateway, cancellationToken) => gateway.SendAsync<KillListing>(
                HttpMethod.Delete, $"kills?kind={parsed.GetValue(kind)}&value={Uri.EscapeDataString(parsed.GetRequiredValue(value))}", null, cancellationToken),
            (parsed, listing) => Succeed(context, parsed, listing, $"Let {parsed.GetValue(kind)} {parsed.GetValue(value)} go on."));
        return command;
    }

    private static Command CreateList(CliContext context)
    {
        var command = new Command("list", $"Lists what is stopped.\n\nExample: zakenak kill list\n\n{ExitCodes.Help}");
        command.SetAction(
            context,
            (_, gateway, cancellationToken) => gateway.SendAsync<KillListing>(HttpMethod.Get, "kills", null, cancellationToken),
            (parsed, listing) => WriteList(context, parsed, listing));
        return command;
    }

    private static (Argument<string> Kind, Argument<string> Value) Arguments(string verb)
    {
        var kind = new Argument<string>("KIND") { Description = "version, tenant or key" };
        kind.AcceptOnlyFromAmong("version", "tenant", "key");
        return (kind, new Argument<string>("VALUE") { Description = $"What to {verb}: NAME:vN, a tenant's name, or a key's id" });
    }

    private static int Succeed(CliContext context, ParseResult parsed, KillListing listing, string done) => OutputFormat.Succeed(
        context,
        parsed,
        JsonSerializer.SerializeToNode(listing)!.AsObject(),
        listing.Shared ? [done] : [done, "This gateway has no database: other replicas don't know of it."]);

    private static int WriteList(CliContext context, ParseResult parsed, KillListing listing) => ListOutput.Write(
        context,
        parsed,
        listing,
        "Nothing is stopped.",
        ["Kind", "Value", "Since", "By", "Reason"],
        [.. listing.Kills.Select(kill => new[]
        {
            kill.Kind,
            kill.Value,
            kill.Since?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "",
            kill.By ?? "",
            kill.Reason ?? "",
        })]);
}
