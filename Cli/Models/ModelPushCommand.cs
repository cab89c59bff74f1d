using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.Cli.Registry;
using Zakenak.ModelDelivery.Pushing;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model push</c>.</summary>
internal static class ModelPushCommand
{
    public static Command Create(CliContext context)
    {
        var model = new Argument<string>("NAME:VERSION|DIR") { Description = "The signed folder, or an adopted version" };
        var promote = StageOption.Create("--promote", "Promote it as well, unless a statement that says so holds for a good while yet");
        var key = new Option<string?>("--key") { Description = "The approver's private key, for --promote", HelpName = "KEY" };
        var ifDraft = new Option<bool>("--if-draft") { Description = "Promote it only if no approver has said anything about it yet" };
        var expires = LifetimeOption.Create();
        var reason = new Option<string?>("--reason") { Description = "Why it is promoted", HelpName = "TEXT" };
        var options = new RegistryOptions();
        var policy = new PolicyOptions();
        var command = new Command(
            "push",
            "Brings a signed model into the registry: checks every file, sends what is missing there, goes on where it broke off. Changes nothing if the registry has it.\n\nExample: zakenak model push models/guide/v1 --promote Approved --key operator.pem\n\n" + ExitCodes.Help)
        {
            model,
            promote,
            key,
            ifDraft,
            expires,
            reason,
        };
        policy.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(promote) is null != result.GetResult(key) is null)
            {
                result.AddError("--promote and --key go together.");
            }
            else if (result.GetValue(ifDraft) && result.GetResult(promote) is null)
            {
                result.AddError("--if-draft goes with --promote.");
            }
        });
        command.SetAction<Pushed>(
            context,
            options,
            async (parsed, registry, cancellationToken) =>
            {
                var state = options.StateOf(context, parsed);
                var folder = LocalModels.Find(context, state, parsed.GetRequiredValue(model));
                if (!folder.IsSuccess)
                {
                    return folder.Refusal;
                }

                var stage = parsed.GetValue(promote);
                var loaded = stage is null ? null : SigningKeyOption.Load(context, parsed.GetRequiredValue(key)!);
                if (loaded is { IsSuccess: false })
                {
                    return loaded.Refusal;
                }

                using var approver = loaded?.Value;
                var pushed = await TransferProgressBar.RunAsync(context, parsed, "Hashing", "Pushing", (hashing, sending) =>
                    new ModelPush(registry.Client).RunAsync(folder.Value, hashing, sending, cancellationToken: cancellationToken));
                if (!pushed.IsSuccess || approver is null)
                {
                    return pushed.IsSuccess ? new Pushed(pushed.Value, null, null) : pushed.Refusal;
                }

                var document = await registry.Client.GetVersionAsync(pushed.Value.Name, pushed.Value.Version, cancellationToken);
                if (!document.IsSuccess)
                {
                    return document.Refusal;
                }

                if (parsed.GetValue(ifDraft) && document.Value.StageStatement is { ValueKind: JsonValueKind.Object })
                {
                    return new Pushed(pushed.Value, null, document.Value.Revoked ? "revoked" : document.Value.Stage);
                }

                var approvers = policy.Load(context, parsed, state, registry.IsDevelopment).Value?.For(pushed.Value.Name)?.Approvers;
                var change = new StageChange(registry.Client, approver, approvers, TimeProvider.System)
                {
                    Version = new ModelVersion(pushed.Value.Name, pushed.Value.Version),
                    Stage = stage!.Value,
                    Reason = parsed.GetValue(reason) ?? "",
                    Lifetime = parsed.GetValue(expires),
                    KeepIfSame = true,
                };
                var changed = await change.RunAsync(document.Value, pushed.Value.Digest, cancellationToken);
                return changed.IsSuccess ? new Pushed(pushed.Value, changed.Value, null) : changed.Refusal;
            },
            (parsed, pushed) => Succeed(context, parsed, pushed));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, Pushed pushed)
    {
        var subject = ModelName.Subject(pushed.Model.Name, pushed.Model.Version);
        var json = new JsonObject
        {
            ["model"] = subject,
            ["modelDigest"] = pushed.Model.Digest,
            ["new"] = pushed.Model.IsNew,
            ["bytesSent"] = pushed.Model.BytesTransferred,
            ["statement"] = pushed.Stage is null ? null : StageCommands.ToJson(pushed.Stage),
        };
        List<string> lines =
        [
            pushed.Model.IsNew ? $"Pushed {subject} ({(pushed.Model.BytesTransferred / 1e6).ToString("F1", CultureInfo.InvariantCulture)} MB sent)" : $"The registry has {subject} already",
            $"Model digest {pushed.Model.Digest}",
        ];
        lines.Add(pushed.Stage switch
        {
            null when pushed.Spoken is { } spoken => $"It is {spoken}: an approver has spoken, and that is left as it is",
            null => $"Promote it: zakenak model promote {subject} --to Approved --key KEY",
            { IsNew: false } stage => $"It is {stage.Statement.Stage} until {stage.Statement.ExpiresAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}",
            var stage => $"Promoted to {stage.Statement.Stage} until {stage.Statement.ExpiresAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}",
        });
        return OutputFormat.Succeed(context, parsed, json, [.. lines]);
    }

    /// <param name="Stage">What an approver says since now or before; null where nobody was to say anything.</param>
    /// <param name="Spoken">The stage that was left as it is.</param>
    private sealed record Pushed(PushedModel Model, ChangedStage? Stage, string? Spoken);
}
