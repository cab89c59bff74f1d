using System.Runtime.InteropServices;
using System.Text.Unicode;
using Zakenak.Engine.Sampling;

namespace Zakenak.Engine.Tokens;

/// <summary>
/// Text to tokens and back. Any thread may use it: llama.cpp's vocabulary does not change once it is loaded. Adapters fill in the native
/// calls, during which the model can't be freed.
/// </summary>
/// <param name="model">The model, which the vocabulary is part of.</param>
/// <param name="size">Number of tokens.</param>
/// <param name="splitsByRegex">Whether text is split into words by std::regex: see <see cref="TextPieces"/>.</param>
internal abstract class Vocabulary(SafeHandle model, int size, bool splitsByRegex)
{
    private TokenKind[]? _kinds;

    public int Size { get; } = size;

    /// <summary>The token that the model wants before every prompt, if it wants one.</summary>
    public int? BeginOfSequence { get; protected init; }

    /// <summary>How the token that begins a sequence is written; empty without one.</summary>
    public string BeginText { get; protected init; } = string.Empty;

    /// <summary>How the token that ends a sequence is written; empty without one.</summary>
    public string EndText { get; protected init; } = string.Empty;

    /// <summary>A token that ends an answer; 0 where the model has none.</summary>
    public int AnyEndOfGeneration => Math.Max(0, Array.IndexOf(Kinds, TokenKind.End));

    private TokenKind[] Kinds => _kinds ?? LazyInitializer.EnsureInitialized(ref _kinds, FindKinds);

    public int[] Tokenize(string text, bool parseSpecial)
    {
        if (text.Length == 0)
            return [];

        using var held = new Hold(model);
        if (!splitsByRegex || text.Length <= TextPieces.MaxLength)
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
        using var held = new Hold(model);
        var length = Piece(token, destination);
        return length >= 0 ? length : throw new ArgumentException($"The token has {-length} bytes, the destination {destination.Length}.", nameof(destination));
    }

    public bool IsEndOfGeneration(int token)
    {
        Check(token);
        using var held = new Hold(model);
        return Ends(token);
    }

    /// <summary>What a token is as text.</summary>
    public TokenKind KindOf(int token) => Kinds[token];

    /// <summary>A sampler that keeps to a grammar; null for what is none. Any thread.</summary>
    public NativeSampler? CreateGrammar(string gbnf)
    {
        using var held = new Hold(model);
        return gbnf.Length == 0 ? null : NewGrammar(gbnf);
    }

    private protected abstract int[] TokenizePiece(ReadOnlySpan<char> text, bool parseSpecial);

    /// <summary>Bytes written, or the negative of what would be.</summary>
    private protected abstract int Piece(int token, Span<byte> destination);

    private protected abstract bool Ends(int token);

    /// <summary>Null for what is no grammar.</summary>
    private protected abstract NativeSampler? NewGrammar(string gbnf);

    private TokenKind[] FindKinds()
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

    private void Check(int token)
    {
        if ((uint)token >= (uint)Size)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"Tokens are 0 to {Size - 1}.");
    }

    // The vocabulary is part of the model: a reference keeps it while a call is under way, and a disposed model throws here.
    private readonly ref struct Hold
    {
        private readonly SafeHandle _model;

        public Hold(SafeHandle model)
        {
            var added = false;
            model.DangerousAddRef(ref added);
            _model = model;
        }

        public void Dispose() => _model.DangerousRelease();
    }
}
