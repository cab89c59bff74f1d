using System.Text.RegularExpressions;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>A pattern of the operator's own. Its matches have a bound, and the engine never goes back: its time is linear in the text, whatever it holds.</summary>
internal sealed class RegexPattern : Pattern
{
    private readonly Regex _whole;
    private readonly Regex _beginning;

    private RegexPattern(string name, Regex whole, Regex beginning, int maxLength) : base(name) =>
        (_whole, _beginning, MaxUndecided) = (whole, beginning, maxLength + 1); // With the other half of a surrogate pair.

    public override int MaxUndecided { get; }

    /// <summary>The pattern, or why there is none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="regex">In .NET's syntax, without what has no bound or looks further than one character around.</param>
    /// <param name="ignoreCase">Whether letters match in either case.</param>
    /// <param name="timeLimit">Of one search.</param>
    public static (RegexPattern? Pattern, string? Fault) TryCreate(string name, string regex, bool ignoreCase, TimeSpan timeLimit)
    {
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            var shape = RegexShape.Read(regex);
            return (new RegexPattern(name, new Regex(regex, options, timeLimit), new Regex($"(?:{shape.Beginnings})\\z", options, timeLimit), shape.Max), null);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or NotSupportedException)
        {
            return (null, e.Message);
        }
    }

    public override Finding Next(ReadOnlySpan<char> text, int from, bool isEnd)
    {
        // What begins before here can't reach the end any more: whatever matches there has ended, and the character after it is known.
        var undecided = isEnd ? text.Length : First(_beginning, text, Math.Max(from, text.Length - MaxUndecided)).Start;
        var match = First(_whole, text, from);
        return match.Start < undecided ? match : new Finding(undecided, 0);
    }

    private static Finding First(Regex regex, ReadOnlySpan<char> text, int from)
    {
        foreach (var match in regex.EnumerateMatches(text, from))
        {
            // Half of a surrogate pair is never taken alone.
            var (start, end) = (match.Index, match.Index + match.Length);
            if (start > 0 && start < text.Length && char.IsLowSurrogate(text[start]) && char.IsHighSurrogate(text[start - 1]))
                start--;
            if (end < text.Length && char.IsLowSurrogate(text[end]) && char.IsHighSurrogate(text[end - 1]))
                end++;
            return new Finding(start, end - start);
        }

        return Finding.None(text);
    }
}
