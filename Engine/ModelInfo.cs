namespace Zakenak.Engine;

/// <summary>What a loaded model says of itself.</summary>
/// <param name="Description">Architecture, size and quantisation in a few words.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="VocabularySize">Number of tokens.</param>
/// <param name="TrainedContextTokens">Longest context it was trained on, in tokens.</param>
/// <param name="BeginOfSequence">The token that the model wants before every prompt; null where it wants none (llama.cpp's <c>add_bos</c>).</param>
public sealed record ModelInfo(string Description, long Parameters, int VocabularySize, int TrainedContextTokens, int? BeginOfSequence)
{
    /// <summary>Its layers; 0 where nobody says.</summary>
    public int Layers { get; init; }

    /// <summary>Numbers in the hidden state of a token; 0 where nobody says.</summary>
    public int Width { get; init; }

    /// <summary>Whether a token costs time for each used cell, those of other sequences included.</summary>
    public bool ScansAllCells { get; init; } = true;

    /// <summary>
    /// How many tokens pass over a cell until that took as many operations as computing the cell anew: a token costs two per weight, and
    /// four per layer and number of its width for each cell that it passes over, masked ones included (Kaplan et al. 2020, table 1).
    /// <see cref="int.MaxValue"/> where tokens pass over no cell but their own.
    /// </summary>
    public int TokensPerCell => ScansAllCells && Layers > 0 && Width > 0 ? (int)Math.Min(Parameters / (2L * Layers * Width), int.MaxValue) : int.MaxValue;

    /// <summary>Jinja source of its chat template; null where it has none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Jinja source of the template for requests with tools; null where it has none of its own for them.</summary>
    public string? ToolChatTemplate { get; init; }

    /// <summary>How the token that begins a sequence is written; empty without one.</summary>
    public string BeginText { get; init; } = string.Empty;

    /// <summary>How the token that ends a sequence is written; empty without one.</summary>
    public string EndText { get; init; } = string.Empty;
}
