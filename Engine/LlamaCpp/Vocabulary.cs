using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>Text to tokens and back. Any thread may use it: llama.cpp's vocabulary does not change once it is loaded.</summary>
internal sealed unsafe class Vocabulary
{
    private const int NoVocabulary = 0; // LLAMA_VOCAB_TYPE_NONE
    private const int BytePairs = 2; // LLAMA_VOCAB_TYPE_BPE

    private readonly LlamaModelHandle _model;
    private readonly nint _vocab;
    private readonly bool _splitsByRegex;
    private readonly Lazy<TokenKind[]> _kinds;

    public Vocabulary(LlamaModelHandle model)
    {
        _model = model;
        _vocab = Llama.GetVocab(model);
        Size = Llama.VocabularySize(_vocab);
        _kinds = new Lazy<TokenKind[]>(Kinds);
        var type = Llama.VocabularyType(_vocab);
        HasTokenizer = type != NoVocabulary;
        _splitsByRegex = type == BytePairs;
        var begin = Llama.BeginOfSequence(_vocab);
        (BeginText, EndText) = (TextOf(begin), TextOf(Llama.EndOfSequence(_vocab)));
        BeginOfSequence = Llama.AddsBeginOfSequence(_vocab) != 0 && begin >= 0 ? begin : null;
    }

    public int Size { get; }

    /// <summary>The token that the model wants before every prompt, if it wants one.</summary>
    public int? BeginOfSequence { get; }

    /// <summary>How the token that begins a sequence is written; empty without one.</summary>
    public string BeginText { get; }

    /// <summary>How the token that ends a sequence is written; empty without one.</summary>
    public string EndText { get; }

    /// <summary>False for models whose tokenizer is "none": llama.cpp aborts the process when it should tokenise with one.</summary>
    public bool HasTokenizer { get; }

    public int[] Tokenize(string text, bool parseSpecial)
    {
        if (text.Length == 0)
            return [];

        using var held = new Hold(_model);
        if (!_splitsByRegex || text.Length <= TextPieces.MaxLength)
            return TokenizePiece(text, parseSpecial);

        var tokens = new List<int>(text.Length / 2);
        foreach (var piece in TextPieces.Of(text))
            tokens.AddRange(TokenizePiece(piece, parseSpecial));
        return [.. tokens];
    }

    /// <summary>Bytes written; throws <see cref="ArgumentException"/> if <paramref name="destination"/> is too short.</summary>
    public int TokenToPiece(int token, Span<byte> destination)
    {
        Check(token);
        using var held = new Hold(_model);
        fixed (byte* buffer = destination)
        {
            var length = Llama.TokenToPiece(_vocab, token, buffer, destination.Length, leadingSpaces: 0, special: 0);
            return length >= 0 ? length : throw new ArgumentException($"The token has {-length} bytes, the destination {destination.Length}.", nameof(destination));
        }
    }

    public bool IsEndOfGeneration(int token)
    {
        Check(token);
        using var held = new Hold(_model);
        return Llama.IsEndOfGeneration(_vocab, token) != 0;
    }

    /// <summary>A token that ends an answer; 0 where the model has none.</summary>
    public int AnyEndOfGeneration => Math.Max(0, Array.IndexOf(_kinds.Value, TokenKind.End));

    /// <summary>What a token is as text.</summary>
    public TokenKind KindOf(int token) => _kinds.Value[token];

    /// <summary>A sampler that keeps to a grammar; null for what is none. Any thread.</summary>
    public LlamaSamplerHandle? CreateGrammar(string gbnf)
    {
        using var held = new Hold(_model);
        var grammar = gbnf.Length == 0 ? 0 : Llama.SamplerGrammar(_vocab, gbnf, "root");
        return grammar == 0 ? null : new LlamaSamplerHandle(grammar);
    }

    private TokenKind[] Kinds()
    {
        var texts = new TokenKind[Size];
        Span<byte> piece = new byte[1024];
        for (var token = 0; token < Size; token++)
        {
            var text = piece[..TokenToPiece(token, piece)];
            texts[token] = IsEndOfGeneration(token) ? TokenKind.End
                : text.IsEmpty || text.Length > 512 || text.Contains((byte)0) ? TokenKind.None
                : Utf8.IsValid(text) ? TokenKind.Whole
                : TokenKind.Part;
        }

        return texts;
    }

    private int[] TokenizePiece(ReadOnlySpan<char> text, bool parseSpecial)
    {
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var tokens = ArrayPool<int>.Shared.Rent(text.Length + 16);
        try
        {
            var length = Encoding.UTF8.GetBytes(text, utf8);
            var count = Tokenize(utf8.AsSpan(0, length), tokens, parseSpecial);
            if (count < 0 && count != int.MinValue)
            {
                ArrayPool<int>.Shared.Return(tokens, clearArray: true);
                tokens = ArrayPool<int>.Shared.Rent(-count);
                count = Tokenize(utf8.AsSpan(0, length), tokens, parseSpecial);
            }

            return count >= 0
                ? tokens.AsSpan(0, count).ToArray()
                : throw new EngineException(EngineErrorCode.TokenizeFailed, "The model's tokenizer gave no tokens for the text.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8, clearArray: true);
            ArrayPool<int>.Shared.Return(tokens, clearArray: true);
        }
    }

    private int Tokenize(ReadOnlySpan<byte> utf8, Span<int> tokens, bool parseSpecial)
    {
        fixed (byte* text = utf8)
        fixed (int* buffer = tokens)
            return Llama.Tokenize(_vocab, text, utf8.Length, buffer, tokens.Length, addSpecial: 0, parseSpecial ? (byte)1 : (byte)0);
    }

    private string TextOf(int token) => token >= 0 && token < Size ? Marshal.PtrToStringUTF8((nint)Llama.TokenText(_vocab, token)) ?? string.Empty : string.Empty;

    private void Check(int token)
    {
        if ((uint)token >= (uint)Size)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"Tokens are 0 to {Size - 1}.");
    }

    // The vocabulary is part of the model: a reference keeps it while a call is under way, and a disposed model throws here.
    private readonly ref struct Hold
    {
        private readonly LlamaModelHandle _model;

        public Hold(LlamaModelHandle model)
        {
            var added = false;
            model.DangerousAddRef(ref added);
            _model = model;
        }

        public void Dispose() => _model.DangerousRelease();
    }
}
