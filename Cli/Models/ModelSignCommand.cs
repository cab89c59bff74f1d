using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model sign</c>.</summary>
internal static class ModelSignCommand
{
    public static Command Create(CliContext context)
    {
        var model = new Argument<string>("DIR") { Description = "The model's folder; every file in it is signed" };
        var key = SigningKeyOption.Create("--key");
        var name = new Option<string?>("--name") { Description = "What the statement calls the model, NAME:vN for one that is to be served. Default: the folder's name", HelpName = "NAME" };
        var signature = SignatureOption.Create();
        var ignore = SignatureOption.CreateIgnore();
        var command = new Command(
            "sign",
            "Signs every file of a model's folder (OpenSSF Model Signing v1.0) and writes DIR/model.sig.\n\nExample: zakenak model sign models/guide/v1 --key k.pem --name guide:v1\n\n" + ExitCodes.Help)
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
                var loaded = SigningKeyOption.Load(context, parsed.GetRequiredValue(key));
                if (!loaded.IsSuccess)
                {
                    return OutputFormat.Refuse(context, parsed, loaded.Refusal);
                }

                using var signer = loaded.Value;
                var path = context.Full(parsed.GetRequiredValue(model));
                var target = SignatureOption.Resolve(context, path, parsed.GetValue(signature));
                var signed = HashProgressBar.Run(context, parsed, "Signing", progress => ModelSigner.Sign(
                    path, target, signer, parsed.GetValue(name), parsed.GetValue(ignore), progress, cancellationToken));
                return signed.IsSuccess
                    ? OutputFormat.Succeed(
                        context,
                        parsed,
                        new JsonObject
                        {
                            ["signature"] = target,
                            ["subject"] = signed.Value.Subject,
                            ["modelDigest"] = "sha256:" + signed.Value.RootDigest,
                            ["signerKeyId"] = signer.PublicKey.Id,
                            ["files"] = new JsonArray([.. signed.Value.Resources.Select(file => JsonValue.Create(file.Name))]),
                        },
                        $"Signed {signed.Value.Subject}: {string.Join(", ", signed.Value.Resources.Take(5).Select(file => file.Name))}{(signed.Value.Resources.Count > 5 ? $" and {signed.Value.Resources.Count - 5} more" : "")}",
                        $"Model digest sha256:{signed.Value.RootDigest}",
                        $"Wrote {target}; verify it by: zakenak model verify {parsed.GetRequiredValue(model)} --public-key {KeyFiles.PublicPath(parsed.GetRequiredValue(key))}")
                    : OutputFormat.Refuse(context, parsed, signed.Refusal);
            },
            CancellationToken.None));
        return command;
    }
}
