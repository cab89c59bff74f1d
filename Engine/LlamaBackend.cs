using Zakenak.Engine.Cells;
using Zakenak.Engine.Loading;
using Zakenak.Engine.Sampling;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine;

/// <summary>
/// What the adapters do alike. A failed assertion in native code ends the process, so whatever llama.cpp asserts is checked here first and
/// thrown as <see cref="ArgumentException"/>: such a call is a bug of the caller.
/// </summary>
public abstract class LlamaBackend : ILlamaBackend
{
    private readonly Vocabulary _vocabulary;
    private readonly IKvMemory _memory;
    private readonly KvCells _cells;
    private readonly Candidates _candidates;
    private readonly NativeLog? _log;
    private readonly bool[] _logits;
    private int _count;

    private protected LlamaBackend(ModelInfo model, Vocabulary vocabulary, IKvMemory memory, EngineOptions options, int contextTokens, int batchTokens, NativeLog? log)
    {
        (Model, _vocabulary, _memory, _log) = (model, vocabulary, memory, log);
        (ContextTokens, BatchTokens, MaxSequences) = (contextTokens, Math.Min(options.BatchTokens, batchTokens), options.MaxSequences);
        _cells = new KvCells(memory, MaxSequences);
        _candidates = new Candidates(vocabulary);
        _logits = new bool[BatchTokens];
    }

    /// <inheritdoc/>
    public ModelInfo Model { get; private protected set; }

    /// <inheritdoc/>
    public int ContextTokens { get; }

    /// <inheritdoc/>
    public int BatchTokens { get; }

    /// <inheritdoc/>
    public int MaxSequences { get; }

    /// <inheritdoc/>
    public int[] Tokenize(string text, bool parseSpecial) => _vocabulary.Tokenize(text, parseSpecial);

    /// <inheritdoc/>
    public int TokenToPiece(int token, Span<byte> destination) => _vocabulary.TokenToPiece(token, destination);

    /// <inheritdoc/>
    public bool IsEndOfGeneration(int token) => _vocabulary.IsEndOfGeneration(token);

    /// <inheritdoc/>
    public bool AcceptsGrammar(string gbnf)
    {
        using var grammar = _vocabulary.CreateGrammar(gbnf);
        return grammar is not null;
    }

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<BatchToken> batch)
    {
        if (batch.Length is 0 || batch.Length > BatchTokens)
            throw new ArgumentException($"A batch has 1 to {BatchTokens} tokens, not {batch.Length}.", nameof(batch));
        _cells.CheckContinues(batch, _vocabulary.Size);

        NativeLines.Use(_log);
        var status = DecodeNative(batch);
        _count = status == DecodeStatus.Done ? batch.Length : 0;
        for (var i = 0; i < _count; i++)
            _logits[i] = batch[i].Logits;
        return status;
    }

    /// <inheritdoc/>
    public ISampler CreateSampler(SamplerOptions options) => Sampler.Create(options, _vocabulary, NewChain);

    /// <inheritdoc/>
    public int Sample(ISampler sampler, int batchIndex)
    {
        if (sampler is not Sampler own)
            throw new ArgumentException("The sampler is not one of this backend.", nameof(sampler));
        if ((uint)batchIndex >= (uint)_count || !_logits[batchIndex])
            throw new ArgumentOutOfRangeException(nameof(batchIndex), batchIndex, "The last decoded batch has no logits there.");
        return own.Grammar is null && own.TopLogprobs is null ? SampleNative(own.Chain, batchIndex) : _candidates.Sample(own, Logits(batchIndex));
    }

    /// <inheritdoc/>
    public void RemoveCells(int sequence, int from, int to) => _cells.Remove(sequence, from, to);

    /// <inheritdoc/>
    public void CopyCells(int source, int destination, int from, int to) => _cells.Copy(source, destination, from, to);

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Decodes, so that the first request finds warm memory, and takes a token back: a memory that can't, such as recurrent state, is not
    /// one that the scheduler could share and trim, whatever the model says of itself.
    /// </summary>
    private protected void WarmUp()
    {
        for (var position = 0; position < 2; position++)
        {
            if (Decode([new BatchToken(Token: 0, position, Sequence: 0, Logits: true)]) != DecodeStatus.Done)
                throw new EngineException(EngineErrorCode.ContextFailed, "llama.cpp loaded the model but could not decode a token with it.");
            if (_memory.LastPosition(0) != position)
                throw new EngineException(EngineErrorCode.ModelUnsupported, "The model has no KV cache, as one that only makes embeddings.");
        }

        if (!_memory.Remove(0, 1, -1) || _memory.LastPosition(0) != 0)
            throw new EngineException(EngineErrorCode.ModelUnsupported, "The model's state can't be taken back by a token; only models whose state is a KV cache are served.");
        RemoveCells(sequence: 0, from: 0, to: -1);
        _count = 0;
    }

    private protected abstract DecodeStatus DecodeNative(ReadOnlySpan<BatchToken> batch);

    private protected abstract NativeSampler NewChain();

    /// <summary>Picks from the logits there with the native chain alone and tells it.</summary>
    private protected abstract int SampleNative(NativeSampler chain, int batchIndex);

    /// <summary>Valid until the next decode.</summary>
    private protected abstract ReadOnlySpan<float> Logits(int batchIndex);

    private protected abstract void Release();
}
