namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// One kind of text that is taken out. What it says of a place depends on that place, what follows, and the one character before it: so a text
/// is redacted in the same way however it is cut. Takes linear time.
/// </summary>
internal abstract class Pattern(string name)
{
    /// <summary>Stands in the text's place, and labels a metric.</summary>
    public string Name { get; } = name;

    public string Replacement { get; } = $"[{name}]";

    /// <summary>Most characters that may have to wait before it is known whether they match.</summary>
    public abstract int MaxUndecided { get; }

    /// <summary>The first match, or possible match, that begins at or after <paramref name="from"/>.</summary>
    /// <param name="text">What is known of the text, from at most one character before <paramref name="from"/> on, or more.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="isEnd">Whether the text ends there.</param>
    public abstract Finding Next(ReadOnlySpan<char> text, int from, bool isEnd);

    /// <summary>How many characters still belong to a match that was left open; with <paramref name="state"/> at 0 it is over.</summary>
    public virtual int Continue(ReadOnlySpan<char> text, ref int state)
    {
        state = 0;
        return 0;
    }
}
