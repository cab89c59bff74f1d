namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>With whom a sequence shares the cells of its first tokens.</summary>
/// <param name="Scope">Sequences of one scope share; it names a tenant, so that no two tenants ever do.</param>
/// <param name="SharedTokens">What follows the first so many tokens is shared with nobody of the scope.</param>
/// <param name="Siblings">Sequences with the same object are answers to one request: they share all of their prompt.</param>
public sealed record PrefixSharing(string Scope, int SharedTokens = int.MaxValue, object? Siblings = null)
{
    /// <summary>Shares nothing.</summary>
    public static PrefixSharing None { get; } = new(string.Empty, 0);
}
