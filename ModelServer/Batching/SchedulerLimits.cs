namespace Zakenak.ModelServer.Batching;

/// <summary>What the backend can hold.</summary>
/// <param name="ContextTokens">KV cells, shared by all running sequences.</param>
/// <param name="BatchTokens">Most tokens of one step.</param>
/// <param name="MaxSequences">Most sequences that run at once; at most <paramref name="BatchTokens"/>, so that each gets its token in every step.</param>
public sealed record SchedulerLimits(int ContextTokens, int BatchTokens, int MaxSequences);
