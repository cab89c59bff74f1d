using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Policy;

namespace Zakenak.ModelDelivery;

/// <summary>A version's proofs, out of what the registry says of it: envelopes, which prove themselves or don't.</summary>
public static class DocumentProofs
{
    /// <summary>The newest stage statement; null for a draft.</summary>
    public static byte[]? StageEnvelope(this VersionDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return document.StageStatement is { } stage ? JsonSerializer.SerializeToUtf8Bytes(stage) : null;
    }

    public static byte[][] AttestationEnvelopes(this VersionDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return [.. document.Attestations.Select(attestation => JsonSerializer.SerializeToUtf8Bytes(attestation))];
    }

    /// <summary>The evidence with the document's stage statement and attestations.</summary>
    public static VersionEvidence With(this VersionEvidence evidence, VersionDocument document)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence with
        {
            StageEnvelope = document.StageEnvelope() is { } stage ? (ReadOnlyMemory<byte>?)stage : null,
            Attestations = [.. document.AttestationEnvelopes().Select(envelope => (ReadOnlyMemory<byte>)envelope)],
        };
    }
}
