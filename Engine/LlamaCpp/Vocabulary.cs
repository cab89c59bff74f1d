using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
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

    public Vocabulary(LlamaModelHandle model)
    {
        _model = model;
        _vocab = Llama.GetVocab(model);
        Size = Llama.VocabularySize(_vocab);
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
