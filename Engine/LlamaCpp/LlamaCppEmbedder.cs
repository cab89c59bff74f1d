using Zakenak.Engine.Cells;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.Loading;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>
/// A second context on a model's weights that keeps hidden states. llama.cpp's own pooling wants a whole text in one batch, whose
/// buffers would then grow with the longest text; here texts go in chunks and are pooled as their tokens come out.
/// </summary>
internal sealed unsafe class LlamaCppEmbedder : IEmbedder
{
    /// <summary>Each token of a chunk costs a row of logits, which llama.cpp computes beside its hidden state.</summary>
    private const int ChunkTokens = 128;

    private const int MinContextTokens = 64;

    private readonly EmbeddingForm _form;
    private readonly LlamaContextHandle _context;
    private readonly KvCells _cells;
    private readonly DecodeBatch _batch;
    private readonly BatchToken[] _chunk = new BatchToken[ChunkTokens];
    private readonly double[] _sum;
    private readonly int _vocabularySize;
    private readonly NativeLog? _log;

    public LlamaCppEmbedder(LlamaModelHandle model, EmbeddingForm form, int vocabularySize, int maxTokens, int threads, bool nativeKernels, NativeLog? log)
    {
        // A model whose tokens see those after them can't go in chunks.
        var causal = OfArchitecture(model, "attention.causal") != "false";
        MaxTokens = Math.Min(maxTokens, causal ? Math.Max(1, Llama.TrainedContextTokens(model)) : ChunkTokens);
        _form = form;
        _vocabularySize = vocabularySize;
        _log = log;
        _batch = new DecodeBatch(ChunkTokens, nativeKernels);
        _sum = new double[form.Dimensions];
        _context = ModelLoading.CreateContext(
            model,
            new EngineOptions { ContextTokens = Math.Max(MinContextTokens, MaxTokens), BatchTokens = ChunkTokens, MaxSequences = 1, Threads = threads, NativeKernels = nativeKernels },
            embeddings: true);
        _cells = new KvCells(new LlamaCppMemory(_context), maxSequences: 1);
    }

    /// <inheritdoc/>
    public int MaxTokens { get; }

    /// <summary>What the model's file says of its embeddings; null for one that ranks texts instead.</summary>
    public static EmbeddingForm? FormOf(LlamaModelHandle model, LlamaCppVocabulary vocabulary)
    {
        var pooling = OfArchitecture(model, "pooling_type") switch
        {
            "4" => (Pooling?)null, // LLAMA_POOLING_TYPE_RANK
            "2" => Pooling.First,
            "3" => Pooling.Last,
            _ => Pooling.Mean,
        };
        return pooling is { } how ? new EmbeddingForm(Llama.EmbeddingWidth(model), how, vocabulary.BeginOfSequence, vocabulary.EndOfSequence) : null;
    }

    /// <inheritdoc/>
    public DecodeStatus Embed(ReadOnlySpan<int> tokens, Span<float> vector, CancellationToken cancellationToken)
    {
        if (tokens.Length is 0 || tokens.Length > MaxTokens)
            throw new ArgumentException($"A text has 1 to {MaxTokens} tokens, not {tokens.Length}.", nameof(tokens));
        if (vector.Length != _sum.Length)
            throw new ArgumentException($"A vector has {_sum.Length} numbers, not {vector.Length}.", nameof(vector));

        NativeLines.Use(_log);
        _sum.AsSpan().Clear();
        try
        {
            for (var from = 0; from < tokens.Length; from += ChunkTokens)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var status = Decode(tokens, from, Math.Min(ChunkTokens, tokens.Length - from));
                if (status != DecodeStatus.Done)
                    return status;
            }
        }
        finally
        {
            _cells.Remove(sequence: 0, from: 0, to: -1);
        }

        return Normalise(vector) ? DecodeStatus.Done : DecodeStatus.Failed;
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private static string? OfArchitecture(LlamaModelHandle model, string key) =>
        ModelLoading.Metadata(model, $"{ModelLoading.Metadata(model, "general.architecture")}.{key}");

    private DecodeStatus Decode(ReadOnlySpan<int> tokens, int from, int count)
    {
        for (var i = 0; i < count; i++)
            _chunk[i] = new BatchToken(tokens[from + i], from + i, Sequence: 0, Logits: true);
        var chunk = _chunk.AsSpan(0, count);
        _cells.CheckContinues(chunk, _vocabularySize);
        if (_batch.Decode(_context, chunk) is not DecodeStatus.Done and var failure)
            return failure;

        for (var i = 0; i < count; i++)
        {
            var counts = _form.Pooling switch
            {
                Pooling.First => from + i == 0,
                Pooling.Last => from + i == tokens.Length - 1,
                _ => true,
            };
            if (!counts)
                continue;
            var state = Llama.Embedding(_context, i);
            if (state is null)
                return DecodeStatus.Failed;
            for (var d = 0; d < _sum.Length; d++)
                _sum[d] += state[d];
        }

        return DecodeStatus.Done;
    }

    /// <summary>The sum has the mean's direction, so it needs no division. False for what has no direction or is no number.</summary>
    private bool Normalise(Span<float> vector)
    {
        var square = 0.0;
        foreach (var value in _sum)
            square += value * value;
        if (!double.IsFinite(square) || square == 0)
            return false;
        var scale = 1 / Math.Sqrt(square);
        for (var d = 0; d < vector.Length; d++)
            vector[d] = (float)(_sum[d] * scale);
        return true;
    }
}
