using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model verify</c>.</summary>
internal static class ModelVerifyCommand
{
    public static Command Create(CliContext context)
    {
        var folder = new FolderArguments("The model's folder", "Refuse unless the statement calls the model so");
        var signers = new SignerOptions();
        var command = new Command(
            "verify",
            "Verifies a model's folder: who signed it, that every file is as it was signed, that no file is missing or added.\n\nExample: zakenak model verify models/guide/v1 --public-key k.pub.pem\n\n" + ExitCodes.Help);
        signers.AddTo(command);
        folder.AddTo(command);
        command.SetAction(
            context,
            (parsed, cancellationToken) =>
            {
                var allowed = signers.Load(context, parsed);
                return allowed.IsSuccess ? Verify(context, parsed, folder.Of(context, parsed), allowed.Value, cancellationToken) : allowed.Refusal;
            },
            (parsed, model) => Succeed(context, parsed, model));
        return command;
    }

    private static Result<SignedModel> Verify(
        CliContext context, ParseResult parsed, FolderArguments.Values folder, AllowedSigners signers, CancellationToken cancellationToken)
    {
        if (!Path.Exists(folder.Model))
        {
            return new Refusal(RefusalCodes.ModelNotFound, $"{folder.Given} does not exist. Name the folder that holds the model and its {SignatureBundle.FileName}.");
        }

        var verified = HashProgressBar.Run(context, parsed, "Verifying", progress => ModelVerifier.Verify(
            folder.Model, folder.Signature, signers, folder.Ignore, progress, cancellationToken));
        return verified.IsSuccess && folder.Name is { } name && verified.Value.RequireSubject(name) is { } other ? other : verified;
    }

    private static int Succeed(CliContext context, ParseResult parsed, SignedModel model) => OutputFormat.Succeed(
        context,
        parsed,
        new JsonObject
        {
            ["subject"] = model.Statement.Subject,
            ["modelDigest"] = "sha256:" + model.Statement.RootDigest,
            ["signerKeyId"] = model.Signer.KeyId,
            ["signerIdentity"] = model.Signer.Certificate?.Name,
            ["signerIssuer"] = model.Signer.Certificate?.Issuer,
            ["signerRootId"] = model.Signer.Certificate?.RootId,
            ["files"] = model.Statement.Resources.Count,
        },
        $"Verified {model.Statement.Subject}: {model.Statement.Resources.Count} {(model.Statement.Resources.Count == 1 ? "file is" : "files are")} as signed by {model.Signer}",
        $"Model digest sha256:{model.Statement.RootDigest}");
}
