using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;
using Refusal = Zakenak.ServiceDefaults.Refusal;

namespace Zakenak.ModelRegistry;

/// <summary>Whether a pushed version is what an allowed signer signed, byte for byte, and whether all of its bytes are here.</summary>
internal sealed class PushCheck(BlobStore blobs)
{
    private const int MaxSignatures = 8;

    private static readonly Refusal _missing = new(
        StatusCodes.Status409Conflict, "blob_missing", "A file of this version is not here, or has another size. Upload every file first.");

    private static readonly Refusal _exists = new(
        StatusCodes.Status409Conflict, "version_exists", "This version exists with other content, and a version never changes. Push under the next version.");

    /// <summary>Who signed, where all is as it must be.</summary>
    /// <param name="key">What the version is called.</param>
    /// <param name="request">As it was sent; nothing of it is believed.</param>
    /// <param name="signers">Who may sign this model.</param>
    public (SignedModel? Signed, Refusal? Refusal) Verify(VersionKey key, PushVersionRequest request, AllowedSigners signers)
    {
        if (request.Signatures.Count is 0 or > MaxSignatures || request.Signatures.Any(s => s is null) || request.Files.Any(f => f is null))
        {
            return (null, RegistryRefusals.RequestMalformed);
        }

        SignedModel? first = null;
        foreach (var signature in request.Signatures)
        {
            var signed = SignedModel.Verify(signature, signers);
            if ((signed.Refusal ?? signed.Value!.RequireSubject(key.ToString()) ?? Compare(signed.Value, request.Files)) is { } refusal)
            {
                return (null, refusal.ToProblem());
            }

            first ??= signed.Value;
        }

        // All signatures list the same files with the same digests, so they have one root digest.
        return request.Files.All(IsHere) ? (first, null) : (null, _missing);
    }

    /// <summary>What becomes of a verified push, where the version is <paramref name="current"/> now.</summary>
    public static Decision Decide(VersionDocument? current, VersionDocument pushed, HistoryEntry entry) =>
        current is null ? new ProposedChange(pushed, entry)
        : current.Digest == pushed.Digest && current.Files.SequenceEqual(pushed.Files) ? current
        : _exists;

    private static ModelTrust.Refusal? Compare(SignedModel signed, IReadOnlyList<VersionFile> files)
    {
        var listed = signed.Statement.Resources.ToDictionary(r => r.Name, r => "sha256:" + r.Digest, StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (!listed.Remove(file.Path, out var digest))
            {
                return new ModelTrust.Refusal(RefusalCodes.UnlistedFile, $"'{file.Path}' is pushed (or twice) and not signed. Push what was signed and nothing else.");
            }

            if (digest != file.Digest)
            {
                return new ModelTrust.Refusal(RefusalCodes.DigestMismatch, $"'{file.Path}' has another digest than the signed one. Push the files that were signed, or sign them again.");
            }
        }

        return listed.Count == 0 ? null : new ModelTrust.Refusal(
            RefusalCodes.MissingFile, $"The signature lists '{listed.Keys.First()}', which is not pushed. Push the whole model.");
    }

    private bool IsHere(VersionFile file) => BlobDigest.TryParse(file.Digest, out var digest) && blobs.LengthOf(digest) == file.Bytes;
}
