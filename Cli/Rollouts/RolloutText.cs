using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Rollouts;

/// <summary>Rollouts for people and for programs.</summary>
internal static class RolloutText
{
    /// <summary>All of one rollout.</summary>
    public static int Write(CliContext context, ParseResult parsed, RolloutStatus status)
    {
        if (OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(status)!.AsObject());
        }

        context.Output.WriteLine(Refusal.Printable(string.Create(CultureInfo.InvariantCulture,
            $"{status.Model}: {status.From} -> {status.To}, {status.State} at {status.Percent} % (step {status.Step} of {status.Steps.Count}{Time(status)})")));
        context.Output.WriteLine(Refusal.Printable($"{status.Reason} (last change by {status.By}, {Moment(status.Changed)})"));
        if (status.Candidate is null)
        {
            return ExitCodes.Ok;
        }

        var table = new Table().AddColumns("Version", "Requests", "Errors", "Error rate", "p95");
        Add(table, status.From, status.Stable);
        Add(table, status.To, status.Candidate);
        context.CreateConsole(context.Output).Write(table);
        return ExitCodes.Ok;
    }

    /// <summary>All rollouts, a line each.</summary>
    public static int Write(CliContext context, ParseResult parsed, RolloutListing listing) => ListOutput.Write(
        context,
        parsed,
        listing,
        "No model ever had a rollout here: zakenak rollout start NAME:vN",
        ["Model", "From", "To", "State", "Percent", "Changed", "By"],
        [.. listing.Rollouts.Select(s => new[] { s.Model, s.From, s.To, s.State, s.Percent.ToString(CultureInfo.InvariantCulture), Moment(s.Changed), s.By })]);

    private static string Time(RolloutStatus status) => status.State is "running" or "paused"
        ? string.Create(CultureInfo.InvariantCulture, $", {TimeSpan.FromSeconds(status.ElapsedSeconds)} of at least {TimeSpan.FromSeconds(status.Steps[Math.Clamp(status.Step - 1, 0, status.Steps.Count - 1)].WaitSeconds)}")
        : "";

    private static void Add(Table table, string version, RolloutArm? arm)
    {
        if (arm is not null)
        {
            table.AddRow(
                Markup.Escape(Refusal.Printable(version)),
                arm.Requests.ToString(CultureInfo.InvariantCulture),
                arm.Errors.ToString(CultureInfo.InvariantCulture),
                (arm.Requests == 0 ? 0 : (double)arm.Errors / arm.Requests).ToString("P2", CultureInfo.InvariantCulture),
                arm.P95Ms is { } p95 ? p95.ToString("F0", CultureInfo.InvariantCulture) + " ms" : "");
        }
    }

    private static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
