using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Embeddings;

/// <summary>Bounds of embeddings; section <c>Embeddings</c>.</summary>
public sealed class EmbeddingsOptions
{
    public const string Section = "Embeddings";

    /// <summary>Longest text, in tokens, or what the model was trained on if that is less. Its cells are made at the first request.</summary>
    [Range(1, 1 << 20)]
    public int MaxTextTokens { get; set; } = 2048;

    /// <summary>Most texts of one request.</summary>
    [Range(1, 2048)]
    public int MaxTexts { get; set; } = 2048;

    /// <summary>Most tokens of one request.</summary>
    [Range(1, 1 << 24)]
    public int MaxTokens { get; set; } = 65536;

    /// <summary>Requests at once, of which one computes; beyond them 429.</summary>
    [Range(1, 1024)]
    public int MaxRequests { get; set; } = 16;

    /// <summary>Compute threads. One: the engine leaves a core free, and more than the cores there are would slow every answer under way.</summary>
    [Range(1, 512)]
    public int Threads { get; set; } = 1;
}
