namespace Zakenak.Engine.Tokens;

/// <summary>
/// Cuts long text before it is tokenised. For many models llama.cpp splits text into words by std::regex, which recurses once per character
/// of a word: some 16,000 letters in a row overflow the stack and end the process, and a few rules take time that grows with the square.
/// A cut before a single space, or after a line's end, is where those rules end a word anyway, so tokens stay the same; only a longer
/// stretch without either is cut where it must be.
/// </summary>
internal static class TextPieces
{
    /// <summary>Most UTF-16 units in a piece: a fourth of what was seen to be safe on a thread of ordinary stack size.</summary>
    public const int MaxLength = 2048;

    /// <summary>The pieces in order; together they are the text.</summary>
    public static Enumerator Of(string text) => new(text);

    private static int NextLength(ReadOnlySpan<char> rest)
    {
        if (rest.Length <= MaxLength)
            return rest.Length;
        for (var at = MaxLength; at > 1; at--)
        {
            if (EndsWord(rest, at))
                return at;
        }

        return char.IsHighSurrogate(rest[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
    }

    private static bool EndsWord(ReadOnlySpan<char> text, int at)
    {
        var (before, after) = (text[at - 1], text[at]);
        if (before == '\n')
            return !char.IsWhiteSpace(after);
        return after == ' ' && !char.IsWhiteSpace(before) && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]);
    }

    /// <summary>Walks the pieces without copying them.</summary>
    internal ref struct Enumerator(string text)
    {
        private ReadOnlySpan<char> _rest = text;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            var length = NextLength(_rest);
            Current = _rest[..length];
            _rest = _rest[length..];
            return true;
        }
    }
}
