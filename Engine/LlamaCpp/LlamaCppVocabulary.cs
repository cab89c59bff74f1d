using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.Sampling;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>The vocabulary by our own P/Invoke.</summary>
internal sealed unsafe class LlamaCppVocabulary : Vocabulary
{
    private const int NoVocabulary = 0; // LLAMA_VOCAB_TYPE_NONE
    private const int BytePairs = 2; // LLAMA_VOCAB_TYPE_BPE

    private readonly nint _vocab;

    public LlamaCppVocabulary(LlamaModelHandle model) : this(model, Llama.GetVocab(model))
    {
    }

    private LlamaCppVocabulary(LlamaModelHandle model, nint vocab) : base(model, Llama.VocabularySize(vocab), Llama.VocabularyType(vocab) == BytePairs)
    {
        _vocab = vocab;
        var begin = Llama.BeginOfSequence(vocab);
        var end = Llama.EndOfSequence(vocab);
        (BeginText, EndText) = (TextOf(begin), TextOf(end));
        EndOfSequence = Llama.AddsEndOfSequence(vocab) != 0 && end >= 0 ? end : null;
        BeginOfSequence = Llama.AddsBeginOfSequence(vocab) != 0 && begin >= 0 ? begin : null;
    }

    /// <summary>The token that the model wants after every text that is embedded, if it wants one.</summary>
    public int? EndOfSequence { get; }

    /// <summary>False for models whose tokenizer is "none": llama.cpp aborts the process when it should tokenise with one.</summary>
    public static bool HasTokenizer(LlamaModelHandle model) => Llama.VocabularyType(Llama.GetVocab(model)) != NoVocabulary;

    private protected override int[] TokenizePiece(ReadOnlySpan<char> text, bool parseSpecial)
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

    private protected override int Piece(int token, Span<byte> destination)
    {
        fixed (byte* buffer = destination)
            return Llama.TokenToPiece(_vocab, token, buffer, destination.Length, leadingSpaces: 0, special: 0);
    }

    private protected override bool Ends(int token) => Llama.IsEndOfGeneration(_vocab, token) != 0;

    private protected override NativeSampler? NewGrammar(string gbnf)
    {
        var grammar = Llama.SamplerGrammar(_vocab, gbnf, "root");
        return grammar == 0 ? null : new LlamaCppSampler(grammar);
    }

    private int Tokenize(ReadOnlySpan<byte> utf8, Span<int> tokens, bool parseSpecial)
    {
        fixed (byte* text = utf8)
        fixed (int* buffer = tokens)
            return Llama.Tokenize(_vocab, text, utf8.Length, buffer, tokens.Length, addSpecial: 0, parseSpecial ? (byte)1 : (byte)0);
    }

    private string TextOf(int token) => token >= 0 && token < Size ? Marshal.PtrToStringUTF8((nint)Llama.TokenText(_vocab, token)) ?? string.Empty : string.Empty;
}
