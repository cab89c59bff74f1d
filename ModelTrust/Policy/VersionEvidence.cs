using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.ModelTrust.Policy;

/// <summary>Everything that is known of a version whose files have been verified; envelopes as they came, so that the decision verifies them itself.</summary>
public sealed record VersionEvidence
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Root digest of the verified statement, <c>sha256:HEX</c>.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>The one digest that this deployment serves, <c>sha256:HEX</c>; null where none is pinned.</summary>
    public string? PinnedDigest { get; init; }

    /// <summary>Who signed the model, verified.</summary>
    public required Signer Signer { get; init; }

    /// <summary>The envelope of the newest stage statement; null for a draft.</summary>
    public ReadOnlyMemory<byte>? StageEnvelope { get; init; }

    /// <summary>The envelopes of its attestations.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attestations { get; init; } = [];

    /// <summary>What <see cref="TrustMemory"/> has of this version; null where it was never seen.</summary>
    public StageRecord? Seen { get; init; }
}
