namespace Zakenak.Engine;

/// <summary>
/// One loaded model with one context: the only seam between the scheduler and llama.cpp. Members of the first group may be called from
/// any thread; decoding, sampling and KV cells belong to the one engine thread.
/// </summary>
public interface ILlamaBackend : IDisposable
{
    /// <summary>What the model says of itself.</summary>
    ModelInfo Model { get; }

    /// <summary>KV cells of the context, shared by all sequences, in tokens.</summary>
    int ContextTokens { get; }

    /// <summary>Most tokens that one <see cref="Decode"/> takes.</summary>
    int BatchTokens { get; }

    /// <summary>Sequence ids are 0 to this, exclusive.</summary>
    int MaxSequences { get; }

    /// <summary>Tokens of <paramref name="text"/>; special tokens are recognised in it only if <paramref name="parseSpecial"/>, and none is added around it.</summary>
    int[] Tokenize(string text, bool parseSpecial);

    /// <summary>Writes the token's UTF-8 bytes (which may end within a character) and returns their count; special tokens are empty.</summary>
    int TokenToPiece(int token, Span<byte> destination);

    /// <summary>True for the tokens that end an answer.</summary>
    bool IsEndOfGeneration(int token);

    /// <summary>Whether a text is a grammar that <see cref="GrammarConstraint"/> may hold.</summary>
    bool AcceptsGrammar(string gbnf);

    /// <summary>Decodes one batch of at most <see cref="BatchTokens"/> tokens of any sequences.</summary>
    DecodeStatus Decode(ReadOnlySpan<BatchToken> batch);

    /// <summary>A sampler of one request; disposed by its owner on the engine thread.</summary>
    ISampler CreateSampler(SamplerOptions options);

    /// <summary>Picks the next token from the logits at <paramref name="batchIndex"/> of the last decoded batch and tells the sampler.</summary>
    int Sample(ISampler sampler, int batchIndex);

    /// <summary>Frees the cells of positions [from, to) of a sequence; to = -1 means to its end.</summary>
    void RemoveCells(int sequence, int from, int to);

    /// <summary>Shares the cells of positions [from, to) with another sequence, without copying them.</summary>
    void CopyCells(int source, int destination, int from, int to);
}
