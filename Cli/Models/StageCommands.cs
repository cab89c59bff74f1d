using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zakenak.Cli.Registry;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model promote</c>, <c>retire</c> and <c>revoke</c>: an approver's signed word on a version.</summary>
internal static class StageCommands
{
    // Nobody serves on these words, so nothing is gained by their end.
    private static readonly TimeSpan Lasting = TimeSpan.FromDays(3650);

    public static Command CreatePromote(CliContext context)
    {
        var to = StageOption.Create("--to", "What the version is good for from now on");
        to.Required = true;
        var expires = LifetimeOption.Create();
        var reason = Reason("Why; stands in the statement", required: false);
        return Create(
            context,
            "promote",
            "Signs that a version is good for a stage, and until when. Consumers hold the statement against their policy; the registry only keeps it.",
            "zakenak model promote guide:v1 --to Approved --key operator.pem",
            [to, expires, reason],
            parsed => (parsed.GetValue(to)!.Value, false, parsed.GetValue(reason) ?? "", parsed.GetValue(expires)));
    }

    public static Command CreateRetire(CliContext context)
    {
        var reason = Reason("Why; stands in the statement", required: false);
        return Create(
            context,
            "retire",
            "Signs that a version is no longer to be served. It can be promoted again.",
            "zakenak model retire guide:v1 --key operator.pem --reason \"v2 is better\"",
            [reason],
            parsed => (ModelStage.Retired, false, parsed.GetValue(reason) ?? "", Lasting));
    }

    public static Command CreateRevoke(CliContext context)
    {
        var reason = Reason("Why; everybody who served it reads this", required: true);
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        return Create(
            context,
            "revoke",
            "Signs that a version must never be served again. Servers stop serving it within their watch interval. There is no way back.",
            "zakenak model revoke guide:v1 --key operator.pem --reason \"leaks training data\"",
            [reason, yes],
            parsed => (ModelStage.Retired, true, parsed.GetValue(reason)!, Lasting),
            (parsed, version) => parsed.GetValue(yes) ? null : Confirm(context, version));
    }

    private static Command Create(
        CliContext context,
        string name,
        string what,
        string example,
        Option[] options,
        Func<ParseResult, (ModelStage Stage, bool Revoked, string Reason, TimeSpan Lifetime)> read,
        Func<ParseResult, ModelVersion, Refusal?>? confirm = null)
    {
        var version = VersionArgument.Create("The version");
        var key = SigningKeyOption.Create("--key");
        key.Description = "The approver's private key";
        var proof = new ProofOptions();
        var registryOptions = new RegistryOptions();
        var command = new Command(name, $"{what}\n\nExample: {example}\n\n{ExitCodes.Help}") { version, key };
        foreach (var option in options)
        {
            command.Add(option);
        }

        proof.AddTo(command);
        command.SetAction(
            context,
            registryOptions,
            async (parsed, registry, cancellationToken) =>
            {
                var subject = parsed.GetRequiredValue(version);
                if (confirm?.Invoke(parsed, subject) is { } unconfirmed)
                {
                    return unconfirmed;
                }

                var loaded = SigningKeyOption.Load(context, parsed.GetRequiredValue(key));
                if (!loaded.IsSuccess)
                {
                    return loaded.Refusal;
                }

                using var approver = loaded.Value;
                var proved = proof.Load(context, parsed, registryOptions.StateOf(context, parsed), registry.IsDevelopment, subject.Name);
                if (!proved.IsSuccess)
                {
                    return proved.Refusal;
                }

                var document = await registry.Client.GetVersionAsync(subject.Name, subject.Version, cancellationToken);
                if (!document.IsSuccess)
                {
                    return document.Refusal;
                }

                var digest = proved.Value.DigestOf(document.Value);
                var (stage, revoked, reason, lifetime) = read(parsed);
                return digest.IsSuccess
                    ? await new StageChange(registry.Client, approver, proved.Value.Rule?.Approvers, TimeProvider.System)
                    {
                        Version = subject,
                        Stage = stage,
                        Revoked = revoked,
                        Reason = reason,
                        Lifetime = lifetime,
                    }.RunAsync(document.Value, digest.Value, cancellationToken)
                    : digest.Refusal;
            },
            (parsed, changed) => Succeed(context, parsed, changed));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, ChangedStage changed) => OutputFormat.Succeed(
        context,
        parsed,
        ToJson(changed),
        $"{changed.Statement.Subject} is {(changed.Statement.Revoked ? "revoked" : changed.Statement.Stage)} (statement {changed.Statement.Sequence}, signed by key {changed.Statement.Signer?.KeyId})",
        changed.Statement.Revoked ? "Servers stop serving it within their watch interval" : $"Until {changed.Statement.ExpiresAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}");

    public static JsonObject ToJson(ChangedStage changed) => new()
    {
        ["model"] = changed.Statement.Subject,
        ["modelDigest"] = changed.Statement.ModelDigest,
        ["stage"] = changed.Statement.Stage.ToString(),
        ["revoked"] = changed.Statement.Revoked,
        ["sequence"] = changed.Statement.Sequence,
        ["reason"] = changed.Statement.Reason,
        ["expiresAt"] = changed.Statement.ExpiresAt.ToString("O", CultureInfo.InvariantCulture),
        ["signerKeyId"] = changed.Statement.Signer?.KeyId,
        ["changed"] = changed.IsNew,
    };

    private static Refusal? Confirm(CliContext context, ModelVersion version)
    {
        if (context.Input is null)
        {
            return new Refusal(RefusalCodes.NotConfirmed, $"Nobody is here to ask whether {version} shall be revoked for good. Add --yes if it shall.");
        }

        context.Error.Write($"Revoke {version} for good? No later statement takes it back. Type its name to go on: ");
        return context.Input.ReadLine()?.Trim() == version.ToString()
            ? null
            : new Refusal(RefusalCodes.NotConfirmed, $"{version} was not revoked.");
    }

    private static Option<string?> Reason(string description, bool required) => new("--reason") { Description = description, HelpName = "TEXT", Required = required };
}
