namespace Zakenak.Engine;

/// <summary>A chain of samplers with its random state.</summary>
public interface ISampler : IDisposable
{
    /// <summary>Of the last token; null where they weren't asked for.</summary>
    TokenLogprobs? Logprobs { get; }
}
