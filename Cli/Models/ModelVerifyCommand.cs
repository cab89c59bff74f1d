using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model verify</c>.</summary>
internal static class ModelVerifyCommand
{
    public static Command Create(CliContext context)
    {
        var model = new Argument<string>("DIR") { Description = "The model's folder" };
        var key = new Option<string>("--public-key") { Description = "The signer's public key", HelpName = "KEY", Required = true };
        var name = new Option<string?>("--name") { Description = "Refuse unless the statement calls the model so", HelpName = "NAME" };
        var signature = SignatureOption.Create();
        var ignore = SignatureOption.CreateIgnore();
        var command = new Command(
            "verify",
            "Verifies a model's folder: who signed it, that every file is as it was signed, that no file is missing or added.\n\nExample: zakenak model verify models/guide/v1 --public-key k.pub.pem\n\n" + ExitCodes.Help)
        {
            model,
            key,
            name,
            signature,
            ignore,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var loaded = SignerKey.Load(context.Full(parsed.GetRequiredValue(key)));
                if (!loaded.IsSuccess)
                {
                    return OutputFormat.Refuse(context, parsed, loaded.Refusal);
                }

                var path = context.Full(parsed.GetRequiredValue(model));
                var verified = HashProgressBar.Run(context, parsed, "Verifying", progress => ModelVerifier.Verify(
                    path,
                    SignatureOption.Resolve(context, path, parsed.GetValue(signature)),
                    AllowedSigners.Only(loaded.Value),
                    parsed.GetValue(ignore),
                    progress,
                    cancellationToken));
                var refusal = verified.IsSuccess && parsed.GetValue(name) is { } subject ? verified.Value.RequireSubject(subject) : verified.Refusal;
                return refusal is null ? Succeed(context, parsed, verified.Value!) : OutputFormat.Refuse(context, parsed, refusal);
            },
            CancellationToken.None));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, SignedModel model) => OutputFormat.Succeed(
        context,
        parsed,
        new JsonObject
        {
            ["subject"] = model.Statement.Subject,
            ["modelDigest"] = "sha256:" + model.Statement.RootDigest,
            ["signerKeyId"] = model.Signer.KeyId,
            ["files"] = model.Statement.Resources.Count,
        },
        $"Verified {model.Statement.Subject}: {model.Statement.Resources.Count} {(model.Statement.Resources.Count == 1 ? "file is" : "files are")} as signed by {model.Signer}",
        $"Model digest sha256:{model.Statement.RootDigest}");
}
