using Zakenak.Engine;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// The bytes of every token, copied out of the model once: turning tokens into text then needs no native call and no lock, and can't
/// race with the model's disposal.
/// </summary>
public sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    public Vocabulary(ILlamaBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var bytes = new MemoryStream();
        _starts = new int[backend.Model.VocabularySize + 1];
        Span<byte> piece = new byte[1024];
        for (var token = 0; token < backend.Model.VocabularySize; token++)
        {
            var length = backend.TokenToPiece(token, piece);
            bytes.Write(piece[..length]);
            LongestPiece = Math.Max(LongestPiece, length);
            _starts[token + 1] = (int)bytes.Length;
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>Most bytes that one token stands for.</summary>
    public int LongestPiece { get; }

    /// <summary>UTF-8 bytes of a token, which may begin or end within a character; empty for special tokens.</summary>
    public ReadOnlySpan<byte> Piece(int token) => _bytes.AsSpan(_starts[token].._starts[token + 1]);
}
