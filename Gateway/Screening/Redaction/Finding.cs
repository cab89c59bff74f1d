namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>The first place in a text where a pattern matches, or may match once more of the text is known.</summary>
/// <param name="Start">Index of its first character; the text's length where there is none.</param>
/// <param name="Length">In characters; 0 while it is undecided.</param>
/// <param name="Open">Above 0 where a match reaches the text's end and may go on: what <see cref="Pattern.Continue"/> has to remember.</param>
internal readonly record struct Finding(int Start, int Length, int Open = 0)
{
    public static Finding None(ReadOnlySpan<char> text) => new(text.Length, 0);
}
