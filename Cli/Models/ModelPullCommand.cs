using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zakenak.Cli.Registry;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model pull</c>.</summary>
internal static class ModelPullCommand
{
    public static Command Create(CliContext context)
    {
        var version = VersionArgument.Create("The version to pull");
        var destination = new Option<string>("--dest") { Description = "The folder to write", HelpName = "DIR", Required = true };
        var digest = new Option<string?>("--digest") { Description = "The model digest that it must be, sha256:HEX", HelpName = "DIGEST" };
        var signer = new Option<string?>("--public-key") { Description = "Instead of the policy: the key that must have signed the model, at whatever stage it is", HelpName = "KEY" };
        var policy = new PolicyOptions();
        var options = new RegistryOptions();
        var command = new Command(
            "pull",
            "Brings a version into a folder: verified, and allowed by the policy, before its first byte is downloaded. Goes on where it broke off; DIR/fetched.json is written last.\n\nExample: zakenak model pull guide:v1 --dest ./guide\n\n" + ExitCodes.Help)
        {
            version,
            destination,
            digest,
            signer,
        };
        policy.AddTo(command);
        command.SetAction(
            context,
            options,
            async (parsed, registry, cancellationToken) =>
            {
                var subject = parsed.GetRequiredValue(version);
                var trust = parsed.GetValue(signer) is { } path
                    ? ByKey(context, path)
                    : ByPolicy(context, parsed, policy, options.StateOf(context, parsed), registry.IsDevelopment, subject, parsed.GetValue(digest));
                if (!trust.IsSuccess)
                {
                    return trust.Refusal;
                }

                var request = new PullRequest
                {
                    Name = subject.Name,
                    Version = subject.Version,
                    Destination = context.Full(parsed.GetRequiredValue(destination)),
                    Signers = trust.Value.Signers,
                    Decide = trust.Value.Decide,
                    PinnedDigest = parsed.GetValue(digest),
                };
                return await TransferProgressBar.RunAsync(context, parsed, null, "Pulling", (_, progress) =>
                    new ModelPull(registry.Client).RunAsync(request, progress, cancellationToken));
            },
            (parsed, pulled) => Succeed(context, parsed, parsed.GetRequiredValue(destination), pulled));
        return command;
    }

    private static Result<Trust> ByKey(CliContext context, string path)
    {
        var key = SignerKey.Load(context.Full(path));
        return key.IsSuccess ? new Trust(AllowedSigners.Only(key.Value), null) : key.Refusal;
    }

    private static Result<Trust> ByPolicy(
        CliContext context, ParseResult parsed, PolicyOptions options, string state, bool isDevelopment, ModelVersion version, string? pinned)
    {
        var policy = options.Load(context, parsed, state, isDevelopment);
        if (!policy.IsSuccess)
        {
            return policy.Refusal;
        }

        var memory = options.MemoryOf(context, parsed, state);
        return policy.Value.For(version.Name) is { } rule
            ? new Trust(rule.Signers, (document, signed) => memory.Decide(policy.Value, Evidence(document, signed, pinned), TimeProvider.System))
            : new Refusal(RefusalCodes.ModelNotInPolicy, $"The policy has no rule for '{version.Name}'. Add one if it should be served, or name its signer with --public-key.");
    }

    private static VersionEvidence Evidence(VersionDocument document, SignedModel signed, string? pinned) => new VersionEvidence
    {
        Name = document.Name,
        Version = document.Version,
        ModelDigest = "sha256:" + signed.Statement.RootDigest,
        PinnedDigest = pinned,
        Signer = signed.Signer,
    }.With(document);

    private static int Succeed(CliContext context, ParseResult parsed, string destination, PulledModel pulled)
    {
        var subject = ModelName.Subject(pulled.Fetched.Name, pulled.Fetched.Version);
        return OutputFormat.Succeed(
            context,
            parsed,
            new JsonObject
            {
                ["model"] = subject,
                ["modelDigest"] = pulled.Fetched.Digest,
                ["directory"] = context.Full(destination),
                ["signerKeyId"] = pulled.Proof.Signer.KeyId,
                ["bytesReceived"] = pulled.BytesTransferred,
            },
            $"Pulled {subject} into {context.Full(destination)} ({(pulled.BytesTransferred / 1e6).ToString("F1", CultureInfo.InvariantCulture)} MB received)",
            $"Model digest {pulled.Fetched.Digest}, signed by {pulled.Proof.Signer}");
    }

    private sealed record Trust(AllowedSigners Signers, Func<VersionDocument, SignedModel, Refusal?>? Decide);
}
