using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Watching;

namespace Zakenak.ModelServer.Loading;

/// <summary>A verified model that answers requests.</summary>
/// <param name="Name">Inside the signed content, e.g. <c>guide</c>.</param>
/// <param name="Version">Inside the signed content, e.g. <c>v1</c>.</param>
/// <param name="Digest">Root digest of the signed statement, <c>sha256:HEX</c>.</param>
/// <param name="Sampling">For requests that don't say how tokens are chosen.</param>
/// <param name="LoadedAt">Since when it answers.</param>
/// <param name="Backend">The weights and their context.</param>
/// <param name="Vocabulary">The text of its tokens.</param>
/// <param name="Template">How it wants a conversation to be written.</param>
/// <param name="Engine">The thread that decodes.</param>
public sealed record LoadedModel(
    string Name,
    string Version,
    string Digest,
    SamplingDefaults Sampling,
    DateTimeOffset LoadedAt,
    ILlamaBackend Backend,
    Vocabulary Vocabulary,
    ChatTemplate Template,
    EngineThread Engine)
{
    /// <summary>Whether answers under way must end.</summary>
    public Withdrawal Withdrawal { get; init; } = new();

    /// <summary>By what it is served; null in tests that ask nobody.</summary>
    public VersionStanding? Standing { get; init; }

    /// <summary><c>name:vN</c>.</summary>
    public string Id => $"{Name}:{Version}";

    /// <summary>Longest prompt plus answer of one request, in tokens.</summary>
    public int ContextTokens => Backend.Model.TrainedContextTokens > 0
        ? Math.Min(Backend.ContextTokens, Backend.Model.TrainedContextTokens)
        : Backend.ContextTokens;

    /// <summary>Whether a grant for this is for this model.</summary>
    public bool Answers(string model) => model == Id || model == Name;
}
