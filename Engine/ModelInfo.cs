namespace Zakenak.Engine;

/// <summary>What a loaded model says of itself.</summary>
/// <param name="Description">Architecture, size and quantisation in a few words.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="VocabularySize">Number of tokens.</param>
/// <param name="TrainedContextTokens">Longest context it was trained on, in tokens.</param>
/// <param name="BeginOfSequence">The token that the model wants before every prompt; null where it wants none (llama.cpp's <c>add_bos</c>).</param>
public sealed record ModelInfo(string Description, long Parameters, int VocabularySize, int TrainedContextTokens, int? BeginOfSequence)
{
    /// <summary>Jinja source of its chat template; null where it has none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Jinja source of the template for requests with tools; null where it has none of its own for them.</summary>
    public string? ToolChatTemplate { get; init; }

    /// <summary>How the token that begins a sequence is written; empty without one.</summary>
    public string BeginText { get; init; } = string.Empty;

    /// <summary>How the token that ends a sequence is written; empty without one.</summary>
    public string EndText { get; init; } = string.Empty;
}
