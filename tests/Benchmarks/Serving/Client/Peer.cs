namespace Zakenak.Benchmarks.Serving.Client;

/// <summary>One endpoint under load; started by whoever runs the benchmark.</summary>
/// <param name="Name">How the report calls it.</param>
/// <param name="Url">Where <c>/v1/chat/completions</c> is.</param>
/// <param name="Key">API key; null where the endpoint wants none.</param>
/// <param name="SecondKey">A key of another tenant, for workloads with two; null: the same key.</param>
/// <param name="Model">The model to name in requests.</param>
internal sealed record Peer(string Name, Uri Url, string? Key, string? SecondKey, string Model)
{
    /// <summary>Words of our prompts that make one token of this model, measured before the load.</summary>
    public double WordsPerToken { get; init; } = 1;

    /// <summary>Tokens that the chat template adds around one message.</summary>
    public int TemplateTokens { get; init; }

    /// <summary>How many words make a message of about so many tokens.</summary>
    public int Words(int tokens) => Math.Max(1, (int)((tokens - TemplateTokens) * WordsPerToken));
}
