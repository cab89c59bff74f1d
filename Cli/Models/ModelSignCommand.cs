using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model sign</c>.</summary>
internal static class ModelSignCommand
{
    public static Command Create(CliContext context)
    {
        var folder = new FolderArguments(
            "The model's folder; every file in it is signed",
            "What the statement calls the model, NAME:vN for one that is to be served. Default: the folder's name");
        var key = SigningKeyOption.Create("--key");
        var chain = new Option<string?>("--certificate-chain")
        {
            Description = "Sign by certificate: PEM file with the key's certificate and those that lead to its root",
            HelpName = "FILE",
        };
        var command = new Command(
            "sign",
            "Signs every file of a model's folder (OpenSSF Model Signing v1.0) and writes DIR/model.sig.\n\nExample: zakenak model sign models/guide/v1 --key k.pem --name guide:v1\n\n" + ExitCodes.Help);
        command.Add(key);
        command.Add(chain);
        folder.AddTo(command);
        command.SetAction(
            context,
            (parsed, cancellationToken) => Sign(context, parsed, folder.Of(context, parsed), parsed.GetRequiredValue(key), parsed.GetValue(chain), cancellationToken),
            (parsed, signed) => Succeed(context, parsed, folder.Of(context, parsed), signed, parsed.GetValue(chain) is null ? $"--public-key {KeyFiles.PublicPath(parsed.GetRequiredValue(key))}" : "--root ROOT --identity NAME"));
        return command;
    }

    private static Result<Signed> Sign(
        CliContext context, ParseResult parsed, FolderArguments.Values folder, string keyPath, string? chainPath, CancellationToken cancellationToken)
    {
        var loaded = SigningKeyOption.Load(context, keyPath);
        if (!loaded.IsSuccess)
        {
            return loaded.Refusal;
        }

        using var key = loaded.Value;
        if (chainPath is not null)
        {
            var chain = CertificateChain.Load(context.Full(chainPath));
            if ((chain.IsSuccess ? key.Certify(chain.Value, TimeProvider.System) : chain.Refusal) is { } unusable)
            {
                return unusable;
            }
        }

        var statement = HashProgressBar.Run(context, parsed, "Signing", progress => ModelSigner.Sign(
            folder.Model, folder.Signature, key, folder.Name, folder.Ignore, progress, cancellationToken));
        return statement.IsSuccess ? new Signed(statement.Value, key.PublicKey.Id) : statement.Refusal;
    }

    private static int Succeed(CliContext context, ParseResult parsed, FolderArguments.Values folder, Signed signed, string signer)
    {
        var statement = signed.Statement;
        var more = statement.Resources.Count - 5;
        return OutputFormat.Succeed(
            context,
            parsed,
            new JsonObject
            {
                ["signature"] = folder.Signature,
                ["subject"] = statement.Subject,
                ["modelDigest"] = "sha256:" + statement.RootDigest,
                ["signerKeyId"] = signed.KeyId,
                ["files"] = new JsonArray([.. statement.Resources.Select(file => JsonValue.Create(file.Name))]),
            },
            $"Signed {statement.Subject}: {string.Join(", ", statement.Resources.Take(5).Select(file => file.Name))}{(more > 0 ? $" and {more} more" : "")}",
            $"Model digest sha256:{statement.RootDigest}",
            $"Wrote {folder.Signature}; verify it by: zakenak model verify {folder.Given} {signer}");
    }

    private sealed record Signed(ModelStatement Statement, string KeyId);
}
