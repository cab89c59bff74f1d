namespace Zakenak.ModelServer.Batching;

/// <summary>What the backend can hold and how it is shared out.</summary>
/// <param name="ContextTokens">KV cells, shared by all.</param>
/// <param name="BatchTokens">Most tokens of one step.</param>
/// <param name="MaxSequences">Most sequences that run at once; at most <paramref name="BatchTokens"/>, so that each gets its token in every step.</param>
/// <param name="SequenceIds">Ids that the backend has, for running sequences and cached prefixes; at least <paramref name="MaxSequences"/>.</param>
/// <param name="MaxTenantSequences">Most sequences of one tenant at once: the others find ids that are left.</param>
public sealed record SchedulerLimits(int ContextTokens, int BatchTokens, int MaxSequences, int SequenceIds, int MaxTenantSequences)
{
    /// <summary>Tokens of a block of the prefix cache: what is shared is a multiple of it.</summary>
    public int BlockTokens { get; init; } = 16;

    /// <summary>Tokens that a tenant may have decoded before it is the next one's turn.</summary>
    public int QuantumTokens { get; init; } = 256;

    /// <summary>Whether cells of ended sequences are kept for others that begin alike.</summary>
    public bool KeepsPrefixes { get; init; } = true;

    /// <summary>Tokens that are decoded after its last use until a kept prefix is given up, room or not.</summary>
    public int IdlePrefixTokens { get; init; } = int.MaxValue;

    /// <summary>Most tokens of an answer that are guessed and checked in one step; 0 is none.</summary>
    public int DraftTokens { get; init; }

    /// <summary>Most tokens of a step that has guessed ones: they fill it up, and leave it to others first.</summary>
    public int DraftStepTokens { get; init; } = 16;
}
