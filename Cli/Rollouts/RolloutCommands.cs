using System.CommandLine;
using Zakenak.Cli.Gateway;
using Zakenak.Cli.Models;
using Zakenak.Contracts;

namespace Zakenak.Cli.Rollouts;

/// <summary><c>zakenak rollout</c>: takes a model's traffic at the gateway from one version to another.</summary>
internal static class RolloutCommands
{
    public static Command Create(CliContext context) => new("rollout", "Takes a model's traffic from one version to another, step by step, and back when the new one is worse.")
    {
        CreateStart(context),
        CreateStatus(context),
        CreateList(context),
        CreatePromote(context),
        CreateAct(context, "pause", "Stays at the step that it is at. It still goes back by itself when the candidate is worse."),
        CreateAct(context, "resume", "Goes on after a pause."),
        CreateAct(context, "rollback", "Gives all traffic back to the version before, also after the candidate was promoted."),
        CreateAct(context, "abort", "Gives all traffic back to the version before; says nothing against the candidate."),
    };

    private static Command CreateStart(CliContext context)
    {
        var version = VersionArgument.Create("The candidate");
        var from = new Option<string?>("--from") { Description = "The version that has the traffic now. Default: the one that does", HelpName = "vN" };
        var steps = new StepsOption();
        var at = new Option<bool>("--switch") { Description = "All clients at once (blue/green), without a comparison; `rollback` is the way back" };
        var manual = new Option<bool>("--manual") { Description = "Goes on only by `promote`; back it goes by itself all the same" };
        var requests = new Option<int?>("--min-requests") { Description = "Requests of each version in a step before they are compared. Default: the gateway's", HelpName = "N" };
        var command = new Command("start", $"Begins a canary. At each step the gateway compares errors and p95 of both versions, and goes on or back by itself.\n\nExample: zakenak rollout start guide:v2 --steps 5,25,50,100 --wait 10m\n\n{ExitCodes.Help}") { version, from };
        steps.AddTo(command);
        command.Add(at);
        command.Add(manual);
        command.Add(requests);
        command.SetAction(
            context,
            (parsed, gateway, cancellationToken) =>
            {
                var candidate = parsed.GetRequiredValue(version);
                var order = new RolloutOrder
                {
                    Model = candidate.Name,
                    To = candidate.Version,
                    From = parsed.GetValue(from),
                    Strategy = parsed.GetValue(at) ? "blue_green" : null,
                    Steps = steps.Of(parsed),
                    Automatic = parsed.GetValue(manual) ? false : null,
                    MinRequests = parsed.GetValue(requests),
                };
                return gateway.SendAsync<RolloutStatus>(HttpMethod.Post, "rollouts", order, cancellationToken);
            },
            (parsed, status) => RolloutText.Write(context, parsed, status));
        return command;
    }

    private static Command CreateStatus(CliContext context)
    {
        var model = Model();
        var command = new Command("status", $"Shows a model's rollout, and what the comparison says.\n\nExample: zakenak rollout status guide\n\n{ExitCodes.Help}") { model };
        command.SetAction(
            context,
            (parsed, gateway, cancellationToken) => gateway.SendAsync<RolloutStatus>(HttpMethod.Get, PathOf(parsed, model), null, cancellationToken),
            (parsed, status) => RolloutText.Write(context, parsed, status));
        return command;
    }

    private static Command CreateList(CliContext context)
    {
        var command = new Command("list", $"Lists the newest rollout of each model.\n\nExample: zakenak rollout list\n\n{ExitCodes.Help}");
        command.SetAction(
            context,
            (_, gateway, cancellationToken) => gateway.SendAsync<RolloutListing>(HttpMethod.Get, "rollouts", null, cancellationToken),
            (parsed, listing) => RolloutText.Write(context, parsed, listing));
        return command;
    }

    private static Command CreatePromote(CliContext context)
    {
        var model = Model();
        var full = new Option<bool>("--full") { Description = "To its end at once, not to the next step" };
        var command = new Command("promote", $"Takes it to the next step, without waiting for the comparison.\n\nExample: zakenak rollout promote guide --full\n\n{ExitCodes.Help}") { model, full };
        command.SetAction(
            context,
            (parsed, gateway, cancellationToken) => gateway.SendAsync<RolloutStatus>(
                HttpMethod.Post, $"{PathOf(parsed, model)}/{(parsed.GetValue(full) ? "promote" : "advance")}", null, cancellationToken),
            (parsed, status) => RolloutText.Write(context, parsed, status));
        return command;
    }

    private static Command CreateAct(CliContext context, string name, string what)
    {
        var model = Model();
        var command = new Command(name, $"{what}\n\nExample: zakenak rollout {name} guide\n\n{ExitCodes.Help}") { model };
        command.SetAction(
            context,
            (parsed, gateway, cancellationToken) => gateway.SendAsync<RolloutStatus>(HttpMethod.Post, $"{PathOf(parsed, model)}/{name}", null, cancellationToken),
            (parsed, status) => RolloutText.Write(context, parsed, status));
        return command;
    }

    private static Argument<string> Model() => new("MODEL") { Description = "The model's name" };

    private static string PathOf(ParseResult parsed, Argument<string> model) => "rollouts/" + Uri.EscapeDataString(parsed.GetRequiredValue(model));
}
