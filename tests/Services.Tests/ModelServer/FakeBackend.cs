using System.Collections.Concurrent;
using System.Text;
using Zakenak.Engine;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>
/// A backend without weights that keeps the real one's rules and throws where they are broken: positions follow each other, a batch is
/// within its bound, one thread decodes, cells are counted. What it answers is a function of the prompt.
/// </summary>
internal sealed class FakeBackend : ILlamaBackend, IEmbeddingBackend
{
    public const int Start = 256;
    public const int End = 257;
    private const int FirstPiece = 300;

    private readonly List<byte[]> _pieces = [];
    private readonly ConcurrentQueue<BatchToken[]> _batches = new();
    private readonly ConcurrentQueue<SamplerOptions> _sampling = new();
    private FakeCells? _made;
    private BatchToken[] _last = [];
    private int _samplers;
    private int _thread;
    private int _tokenized;

    public ModelInfo Model { get => field with { ChatTemplate = Template }; init; } = new("fake", 1, 2000, 512, null);

    /// <summary>ChatML, unless a test wants another.</summary>
    public string? Template { get; init; } =
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    public int ContextTokens { get; init; } = 4096;

    public int BatchTokens { get; init; } = 64;

    public int MaxSequences { get; init; } = 8;

    /// <summary>Tokens of the answer to a prompt, given as text; what follows them is the end of the answer.</summary>
    public Func<string, IReadOnlyList<int>> Answer { get; set; } = prompt => Bytes(LastUserTurn(prompt));

    /// <summary>Called before each decode, on the engine thread; what it returns instead of null is the decode's status.</summary>
    public Func<DecodeStatus?>? BeforeDecode { get; set; }

    /// <summary>Called before each content is tokenised, on the request's thread.</summary>
    public Action? BeforeTokenize { get; set; }

    /// <summary>Called for each sample.</summary>
    public Action? BeforeSample { get; set; }

    public EmbeddingForm? Embeddings { get; init; } = new(2, Pooling.Mean, null, null);

    /// <summary>Called before each text is embedded.</summary>
    public Action? BeforeEmbed { get; set; }

    /// <summary>Contexts for embeddings that were made.</summary>
    public List<FakeEmbedder> Embedders { get; } = [];

    public IReadOnlyCollection<BatchToken[]> Batches => _batches;

    /// <summary>Options of every sampler so far, in order.</summary>
    public IReadOnlyCollection<SamplerOptions> Sampling => _sampling;

    /// <summary>May be read from any thread.</summary>
    public int UsedCells => Cells.Used;

    public int LiveSamplers => Volatile.Read(ref _samplers);

    public bool Disposed { get; private set; }

    /// <summary>Contents tokenised so far: how a test sees that a request has come as far as the queue.</summary>
    public int Tokenized => Volatile.Read(ref _tokenized);

    public static int[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];

    public static string LastUserTurn(string prompt) => prompt.Split("<|im_start|>user\n")[^1].Split("<|im_end|>\n<|im_start|>assistant\n")[0];

    /// <summary>A token that stands for these bytes. Call it before the model is loaded.</summary>
    public int Piece(params byte[] bytes)
    {
        _pieces.Add(bytes);
        return FirstPiece + _pieces.Count - 1;
    }

    public int Piece(string text) => Piece(Encoding.UTF8.GetBytes(text));

    public int[] Tokenize(string text, bool parseSpecial)
    {
        if (!parseSpecial)
        {
            BeforeTokenize?.Invoke();
            Interlocked.Increment(ref _tokenized);
            return Bytes(text);
        }

        var tokens = new List<int>();
        while (text.Length > 0)
        {
            var special = text.StartsWith("<|im_start|>", StringComparison.Ordinal) ? Start : text.StartsWith("<|im_end|>", StringComparison.Ordinal) ? End : -1;
            tokens.AddRange(special < 0 ? Bytes(text[..1]) : [special]);
            text = text[(special < 0 ? 1 : special == Start ? "<|im_start|>".Length : "<|im_end|>".Length)..];
        }

        return [.. tokens];
    }

    private byte[] PieceOf(int token) =>
        token < 256 ? [(byte)token] : token >= FirstPiece && token - FirstPiece < _pieces.Count ? _pieces[token - FirstPiece] : [];

    public int TokenToPiece(int token, Span<byte> destination)
    {
        var piece = PieceOf(token);
        piece.CopyTo(destination);
        return piece.Length;
    }

    public bool IsEndOfGeneration(int token) => token == End;

    public bool AcceptsGrammar(string gbnf) => FakeGrammar.TryParse(gbnf) is not null;

    public DecodeStatus Decode(ReadOnlySpan<BatchToken> batch)
    {
        OnEngineThread();
        if (BeforeDecode?.Invoke() is { } status)
        {
            return status;
        }

        Check(batch.Length >= 1 && batch.Length <= BatchTokens, $"a batch of {batch.Length} tokens");
        foreach (var token in batch)
        {
            Cells.Write(token.Sequence, token.Position, token.Token);
        }

        _last = batch.ToArray();
        _batches.Enqueue(_last);
        return DecodeStatus.Done;
    }

    public ISampler CreateSampler(SamplerOptions options)
    {
        OnEngineThread();
        _sampling.Enqueue(options);
        return new Sampler(this, options);
    }

    public int Sample(ISampler sampler, int batchIndex)
    {
        OnEngineThread();
        BeforeSample?.Invoke();
        Check(_last[batchIndex].Logits, $"no logits at {batchIndex}");
        var live = (Sampler)sampler;
        live.Script ??= Answer(Text(Cells.Of(_last[batchIndex].Sequence).Select(cell => cell.Token)));
        var wanted = live.Next < live.Script.Count ? live.Script[live.Next++] : End;
        var token = live.Grammar?.Choose(wanted, End, PieceOf) ?? wanted;
        live.Report(token);
        return token;
    }

    public IEmbedder CreateEmbedder(int maxTokens, int threads)
    {
        Embedders.Add(new FakeEmbedder(maxTokens, () => BeforeEmbed?.Invoke()));
        return Embedders[^1];
    }

    public void RemoveCells(int sequence, int from, int to)
    {
        OnEngineThread();
        Cells.Remove(sequence, from, to);
    }

    public void CopyCells(int source, int destination, int from, int to)
    {
        OnEngineThread();
        Cells.Copy(source, destination, from, to);
    }

    public void Dispose() => Disposed = true;

    // Made at first use: the properties that it is made from are set after construction.
    private FakeCells Cells => LazyInitializer.EnsureInitialized(ref _made, () => new FakeCells(ContextTokens, MaxSequences));

    private static string Text(IEnumerable<int> tokens) => Encoding.UTF8.GetString(
        [.. tokens.SelectMany(token => token switch
        {
            Start => "<|im_start|>"u8.ToArray(),
            End => "<|im_end|>"u8.ToArray(),
            < 256 => [(byte)token],
            _ => [],
        })]);

    private void OnEngineThread()
    {
        Check(!Disposed, "use after disposal");
        var thread = Environment.CurrentManagedThreadId;
        var owner = Interlocked.CompareExchange(ref _thread, thread, 0);
        Check(owner == 0 || owner == thread, "a second thread");
    }

    private static void Check(bool sound, string what)
    {
        if (!sound)
        {
            throw new InvalidOperationException($"The backend was misused: {what}.");
        }
    }

    private sealed class Sampler : ISampler
    {
        private readonly FakeBackend _backend;

        private readonly int? _topLogprobs;

        public Sampler(FakeBackend backend, SamplerOptions options)
        {
            _backend = backend;
            _topLogprobs = options.TopLogprobs;
            Grammar = options.Grammar is { } grammar ? FakeGrammar.TryParse(grammar.Gbnf)!.For(grammar) : null;
            Interlocked.Increment(ref backend._samplers);
        }

        public IReadOnlyList<int>? Script { get; set; }

        public int Next { get; set; }

        public FakeGrammar? Grammar { get; }

        public TokenLogprobs? Logprobs { get; private set; }

        /// <summary>The chosen token is as likely as not; the next ones share what is left.</summary>
        public void Report(int token) => Logprobs = _topLogprobs is { } top
            ? new TokenLogprobs(token, MathF.Log(0.5f), [.. Enumerable.Range(0, top).Select(i => (token + i, MathF.Log(MathF.Pow(0.5f, i + 1))))])
            : null;

        public void Dispose() => Interlocked.Decrement(ref _backend._samplers);
    }
}
