using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.Cli.Models;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Policies;

/// <summary><c>zakenak policy sign</c>.</summary>
internal static class PolicySignCommand
{
    public static Command Create(CliContext context)
    {
        var policy = new Argument<string>("FILE") { Description = "The policy" };
        var key = SigningKeyOption.Create("--key");
        key.Description = "The private key of the root, which signs policies and nothing else";
        var command = new Command(
            "sign",
            "Signs a policy, if it can be read, and writes FILE.sig beside it.\n\nExample: zakenak policy sign policy.json --key root.pem\n\n" + ExitCodes.Help)
        {
            policy,
            key,
        };
        command.SetAction(
            context,
            (parsed, _) => Sign(context, context.Full(parsed.GetRequiredValue(policy)), parsed.GetRequiredValue(key)),
            (parsed, signed) => OutputFormat.Succeed(
                context,
                parsed,
                new JsonObject { ["signature"] = signed.Path, ["version"] = signed.Policy.Version, ["rootKeyId"] = signed.RootKeyId },
                $"Signed version {signed.Policy.Version} of the policy by key {signed.RootKeyId}",
                $"Wrote {signed.Path}; verify it by: zakenak policy verify {parsed.GetRequiredValue(policy)} --root {KeyFiles.PublicPath(parsed.GetRequiredValue(key))}"));
        return command;
    }

    private static Result<Signed> Sign(CliContext context, string path, string keyPath)
    {
        var content = PolicyFile.Read(path);
        if (!content.IsSuccess)
        {
            return content.Refusal;
        }

        var policy = ModelPolicy.Check(content.Value, path);
        if (!policy.IsSuccess)
        {
            return policy.Refusal;
        }

        var loaded = SigningKeyOption.Load(context, keyPath);
        if (!loaded.IsSuccess)
        {
            return loaded.Refusal;
        }

        using var key = loaded.Value;
        var envelope = ModelPolicy.Sign(content.Value, path, key);
        var signature = path + ModelPolicy.SignatureSuffix;
        return !envelope.IsSuccess ? envelope.Refusal
            : AtomicFile.Write(signature, envelope.Value, AtomicFile.Public) is { } refusal ? refusal
            : new Signed(policy.Value, signature, key.PublicKey.Id);
    }

    private sealed record Signed(ModelPolicy Policy, string Path, string RootKeyId);
}
