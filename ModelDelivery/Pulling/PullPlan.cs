using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary>What a pull will fetch: the files that an allowed signer signed, no other, each with the size that the registry says and its digest bounds.</summary>
internal sealed class PullPlan
{
    private const string Prefix = "sha256:";

    private PullPlan(SignedModel signed, byte[] bundle, IReadOnlyList<PlannedBlob> blobs)
    {
        Signed = signed;
        Bundle = bundle;
        Blobs = blobs;
    }

    public SignedModel Signed { get; }

    /// <summary>The bytes of <c>model.sig</c>.</summary>
    public byte[] Bundle { get; }

    public IReadOnlyList<PlannedBlob> Blobs { get; }

    public static Result<PullPlan> Make(PullRequest request, VersionDocument document)
    {
        var subject = ModelName.Subject(request.Name, request.Version);
        if (document.Name != request.Name || document.Version != request.Version)
        {
            return RegistryProblem.Malformed($"it is about '{document.Name}:{document.Version}', not about '{subject}'");
        }

        if (request.PinnedDigest is { } pin && pin != document.Digest)
        {
            return new Refusal(RefusalCodes.DigestMismatch, $"{subject} is pinned to {pin}, and the registry has {document.Digest}. Pin the digest that was approved, or find out who changed the version.");
        }

        var verified = Verify(request, document.Signatures);
        if (!verified.IsSuccess)
        {
            return verified.Refusal;
        }

        var signed = verified.Value.Signed;
        if (signed.RequireSubject(subject) is { } otherSubject)
        {
            return otherSubject;
        }

        if (document.Digest != Prefix + signed.Statement.RootDigest)
        {
            return new Refusal(
                RefusalCodes.RootDigestMismatch,
                $"The registry says that {subject} is {document.Digest}, and its signature says {Prefix}{signed.Statement.RootDigest}. Have it pushed again.");
        }

        if (request.Decide?.Invoke(document, signed) is { } refusedByPolicy)
        {
            return refusedByPolicy;
        }

        var blobs = Match(signed.Statement, document.Files);
        return blobs.IsSuccess ? new PullPlan(signed, verified.Value.Bundle, blobs.Value) : blobs.Refusal;
    }

    /// <summary>The first bundle by an allowed signer.</summary>
    private static Result<Verified> Verify(PullRequest request, IReadOnlyList<byte[]> signatures)
    {
        Refusal? first = null;
        foreach (var bundle in signatures)
        {
            var signed = SignedModel.Verify(bundle, request.Signers);
            if (signed.IsSuccess)
            {
                return new Verified(signed.Value, bundle);
            }

            first ??= signed.Refusal;
        }

        return first ?? new Refusal(RefusalCodes.SignatureMissing, $"The registry has no signature for {ModelName.Subject(request.Name, request.Version)}. Have it signed and pushed again.");
    }

    private static Result<IReadOnlyList<PlannedBlob>> Match(ModelStatement statement, IReadOnlyList<VersionFile> files)
    {
        var offered = new Dictionary<string, VersionFile>(StringComparer.Ordinal);
        if (files.Any(file => file.Bytes < 0 || !offered.TryAdd(file.Path, file)))
        {
            return RegistryProblem.Malformed("it lists a file twice, or with a size below zero");
        }

        var blobs = new Dictionary<string, PlannedBlob>(StringComparer.Ordinal);
        foreach (var resource in statement.Resources)
        {
            if (!offered.Remove(resource.Name, out var file) || file.Digest != Prefix + resource.Digest)
            {
                return file is null
                    ? new Refusal(RefusalCodes.MissingFile, $"The signature lists '{resource.Name}', which the registry does not have. Have the version pushed again.")
                    : new Refusal(RefusalCodes.DigestMismatch, $"The registry has another '{resource.Name}' than the one that was signed. Have the version pushed again.");
            }

            // The one name that a pull writes itself, and the one that single-file models of old signers have.
            if (resource.Name is SignatureBundle.FileName or ".")
            {
                return new Refusal(RefusalCodes.PathNotAllowed, $"The version has a file named '{resource.Name}', which can't be pulled. Have the folder signed again without it.");
            }

            if (blobs.TryGetValue(resource.Digest, out var same) && same.Bytes != file.Bytes)
            {
                return RegistryProblem.Malformed("it gives two sizes for one digest");
            }

            blobs[resource.Digest] = same is null ? new PlannedBlob(resource.Digest, file.Bytes, [resource.Name]) : same with { Names = [.. same.Names, resource.Name] };
        }

        return offered.Count == 0
            ? blobs.Values.ToList()
            : new Refusal(RefusalCodes.UnlistedFile, $"The registry lists '{offered.Keys.Order(StringComparer.Ordinal).First()}', which the signature does not. Have the version pushed again.");
    }

    private sealed record Verified(SignedModel Signed, byte[] Bundle);
}

/// <summary>Bytes to fetch once, and the files that have them.</summary>
/// <param name="Digest">SHA-256, lowercase hex.</param>
internal sealed record PlannedBlob(string Digest, long Bytes, IReadOnlyList<string> Names);
