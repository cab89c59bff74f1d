using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// Turns tokens into text that may be sent: whole UTF-8 characters only, and nothing of or after a stop string. What could still become a
/// stop string or half a character is held back until the next token decides it. Allocates only while its buffers grow.
/// </summary>
public sealed class AnswerText(Vocabulary vocabulary, IReadOnlyList<byte[]> stops)
{
    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    private byte[] _held = new byte[256];
    private int _heldCount;
    private byte[] _text = new byte[256];
    private int _textCount;

    /// <summary>True once a stop string was met: the answer ends before it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Bytes at the end of all that came which are not said: held back, or the stop string and what came after it.</summary>
    public int UnsaidBytes { get; private set; }

    /// <summary>The text that this token settles, as valid UTF-8; the span lives until the next call.</summary>
    public ReadOnlySpan<byte> Add(int token)
    {
        _textCount = 0;
        var piece = vocabulary.Piece(token);
        if (Stopped || piece.IsEmpty)
        {
            return default;
        }

        Grow(ref _held, _heldCount + piece.Length);
        piece.CopyTo(_held.AsSpan(_heldCount));
        _heldCount += piece.Length;
        var held = _held.AsSpan(0, _heldCount);
        if (FindStop(held) is { } start)
        {
            Stopped = true;
            (_heldCount, UnsaidBytes) = (0, held.Length - start);
            Settle(held[..start]);
            return _text.AsSpan(0, _textCount);
        }

        var settled = held[..^Undecided(held)];
        settled = settled[..^IncompleteTail(settled)];
        Settle(settled);
        held[settled.Length..].CopyTo(_held);
        UnsaidBytes = _heldCount -= settled.Length;
        return _text.AsSpan(0, _textCount);
    }

    /// <summary>What was held back when the answer ended without a stop string; half a character becomes U+FFFD.</summary>
    public ReadOnlySpan<byte> Complete()
    {
        _textCount = 0;
        if (!Stopped)
        {
            Settle(_held.AsSpan(0, _heldCount));
            UnsaidBytes = _heldCount = 0;
        }

        return _text.AsSpan(0, _textCount);
    }

    /// <summary>
    /// Where the stop string begins that is complete first; of two complete at the same byte, the longer. So the answer doesn't depend on
    /// how text was cut into tokens.
    /// </summary>
    private int? FindStop(ReadOnlySpan<byte> held)
    {
        var (start, end) = (0, int.MaxValue);
        foreach (var stop in stops)
        {
            var found = held.IndexOf(stop);
            if (found >= 0 && (found + stop.Length < end || (found + stop.Length == end && found < start)))
            {
                (start, end) = (found, found + stop.Length);
            }
        }

        return end == int.MaxValue ? null : start;
    }

    /// <summary>Length of the longest tail that is the beginning of a stop string.</summary>
    private int Undecided(ReadOnlySpan<byte> held)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, held.Length); length > longest; length--)
            {
                if (held.EndsWith(stop.AsSpan(0, length)))
                {
                    longest = length;
                }
            }
        }

        return longest;
    }

    /// <summary>Bytes at the end that begin a character and don't finish it.</summary>
    private static int IncompleteTail(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length <= Math.Min(3, text.Length); length++)
        {
            var tail = text[^length..];
            if ((tail[0] & 0xC0) != 0x80)
            {
                return Rune.DecodeFromUtf8(tail, out _, out _) == OperationStatus.NeedMoreData ? length : 0;
            }
        }

        return 0;
    }

    private void Settle(ReadOnlySpan<byte> bytes)
    {
        Grow(ref _text, bytes.Length * Replacement.Length);
        if (Utf8.IsValid(bytes))
        {
            bytes.CopyTo(_text);
            _textCount = bytes.Length;
            return;
        }

        while (!bytes.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(bytes, out _, out var length) == OperationStatus.Done;
            var character = valid ? bytes[..length] : Replacement;
            character.CopyTo(_text.AsSpan(_textCount));
            _textCount += character.Length;
            bytes = bytes[length..];
        }
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            Array.Resize(ref buffer, Math.Max(length, buffer.Length * 2));
        }
    }
}
