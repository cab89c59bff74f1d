using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.Cli.Registry;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model attest</c>.</summary>
internal static class ModelAttestCommand
{
    public static Command Create(CliContext context)
    {
        var folder = new Argument<string?>("DIR") { Description = "The model's folder, whose files are hashed; or give --digest", Arity = ArgumentArity.ZeroOrOne };
        var digest = new Option<string?>("--digest") { Description = "The model digest, as `model verify` says it", HelpName = "sha256:HEX" };
        var name = new Option<string>("--name") { Description = "The version that is attested", HelpName = "NAME:vN", Required = true };
        var type = new Option<string>("--type") { Description = "sbom, scan, approval or the URI of a predicate type", HelpName = "TYPE", Required = true };
        var predicate = new Option<string?>("--predicate") { Description = "The document that is signed, as JSON: SPDX or CycloneDX, a scan's result; an approval needs none", HelpName = "FILE" };
        var key = SigningKeyOption.Create("--key");
        key.Description = "The private key of whoever attests";
        var output = new Option<string>("--out") { Description = "Where the attestation goes", HelpName = "FILE", Required = true };
        var push = new Option<bool>("--push") { Description = "Hand it to the registry as well" };
        var registry = new RegistryOptions();
        name.Validators.Add(result =>
        {
            if (result.GetValue(name)!.Split(':') is not [var model, var version] || ModelName.Check(model, version) is not null)
            {
                result.AddError("--name takes NAME:vN, such as guide:v1.");
            }
        });
        type.Validators.Add(result =>
        {
            if (AttestationType.Parse(result.GetValue(type)!) is null)
            {
                result.AddError("--type takes sbom, scan, approval or the URI of a predicate type.");
            }
        });
        var command = new Command(
            "attest",
            "Signs a fact about one version: its bill of materials, a scan, an approval (in-toto statement in a DSSE envelope).\n\nExample: zakenak model attest models/guide/v1 --name guide:v1 --type sbom --predicate sbom.cdx.json --key k.pem --out sbom.att.json\n\n" + ExitCodes.Help)
        {
            folder,
            digest,
            name,
            type,
            predicate,
            key,
            output,
            push,
        };
        registry.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(folder) is null == result.GetValue(digest) is null)
            {
                result.AddError("Name the model's folder, or its digest by --digest; one of the two.");
            }

            if (result.GetValue(predicate) is null && result.GetValue(type) is not "approval")
            {
                result.AddError("--predicate names the document to sign; only an approval needs none.");
            }
        });
        command.SetAction(
            context,
            async (parsed, cancellationToken) =>
            {
                var modelDigest = parsed.GetValue(digest) is { } given ? new Digest(given) : DigestOf(context, parsed, parsed.GetValue(folder)!, cancellationToken);
                if (!modelDigest.IsSuccess)
                {
                    return modelDigest.Refusal;
                }

                var attested = Attest(
                    context,
                    parsed.GetRequiredValue(name),
                    modelDigest.Value.Value,
                    AttestationType.Parse(parsed.GetRequiredValue(type))!,
                    parsed.GetValue(predicate),
                    parsed.GetRequiredValue(key),
                    parsed.GetRequiredValue(output));
                return attested.IsSuccess && parsed.GetValue(push) && await PushAsync(context, registry, parsed, parsed.GetRequiredValue(name), attested.Value, cancellationToken) is { } refusal
                    ? refusal
                    : attested;
            },
            (parsed, attested) => OutputFormat.Succeed(
                context,
                parsed,
                new JsonObject
                {
                    ["attestation"] = attested.Path,
                    ["subject"] = parsed.GetRequiredValue(name),
                    ["modelDigest"] = attested.ModelDigest,
                    ["predicateType"] = attested.Attestation.PredicateType,
                    ["date"] = attested.Attestation.Date,
                    ["signerKeyId"] = attested.Attestation.Signer.KeyId,
                },
                $"Attested {parsed.GetRequiredValue(name)} ({attested.Attestation.PredicateType}) by key {attested.Attestation.Signer.KeyId}",
                $"Model digest {attested.ModelDigest}",
                attested.Attestation.Date is { } date ? $"Dated {date.UtcDateTime:u}" : "Without a date: a policy that limits its age refuses it.",
                parsed.GetValue(push) ? $"Wrote {attested.Path} and handed it to the registry" : $"Wrote {attested.Path}"));
        return command;
    }

    private static Result<Digest> DigestOf(CliContext context, ParseResult parsed, string folder, CancellationToken cancellationToken)
    {
        var model = context.Full(folder);
        var signature = Path.Combine(File.Exists(model) ? Path.GetDirectoryName(model)! : model, SignatureBundle.FileName);
        var described = HashProgressBar.Run(context, parsed, "Hashing", progress => ModelSigner.Describe(model, signature, progress: progress, cancellationToken: cancellationToken));
        return described.IsSuccess ? new Digest("sha256:" + described.Value.RootDigest) : described.Refusal;
    }

    private static Result<Attested> Attest(CliContext context, string subject, string modelDigest, AttestationType type, string? predicatePath, string keyPath, string output)
    {
        var predicate = predicatePath is null ? Approval() : File.ReadAllBytes(context.Full(predicatePath));
        var loaded = SigningKeyOption.Load(context, keyPath);
        if (!loaded.IsSuccess)
        {
            return loaded.Refusal;
        }

        using var key = loaded.Value;
        var colon = subject.IndexOf(':', StringComparison.Ordinal);
        var envelope = Attestation.Sign(subject[..colon], subject[(colon + 1)..], modelDigest, type, predicate, key);
        var path = context.Full(output);
        return !envelope.IsSuccess ? envelope.Refusal
            : AtomicFile.Write(path, envelope.Value, AtomicFile.Public) is { } refusal ? refusal
            : new Attested(Attestation.Open(envelope.Value, AllowedSigners.Only(key.PublicKey)).Value!, modelDigest, path);
    }

    private static async Task<Refusal?> PushAsync(
        CliContext context, RegistryOptions options, ParseResult parsed, string subject, Attested attested, CancellationToken cancellationToken)
    {
        var opened = await RegistryConnection.OpenAsync(context, options, parsed, cancellationToken);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        using var connection = opened.Value;
        var version = VersionArgument.TryParse(subject)!;
        return await connection.Client.AttestAsync(version.Name, version.Version, await File.ReadAllBytesAsync(attested.Path, cancellationToken), cancellationToken);
    }

    private static byte[] Approval() => JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["approved_at"] = TimeProvider.System.GetUtcNow().UtcDateTime });

    private sealed record Digest(string Value);

    private sealed record Attested(Attestation Attestation, string ModelDigest, string Path);
}
