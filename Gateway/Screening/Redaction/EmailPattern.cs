namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Addresses of mail as people write them (RFC 5321 with unquoted parts of Latin letters): at most 64 characters, <c>@</c>, at most 253 of a name of
/// at least two labels, the last one of letters.
/// </summary>
internal sealed class EmailPattern() : Pattern("email")
{
    private const int MaxLocal = 64;
    private const int MaxDomain = 253;

    public override int MaxUndecided => MaxLocal + 1 + MaxDomain;

    public override Finding Next(ReadOnlySpan<char> text, int from, bool isEnd)
    {
        for (var at = from; ; at++)
        {
            var found = text[at..].IndexOf('@');
            if (found < 0)
                break;
            at += found;
            var start = LocalStart(text, from, at);
            if (start < 0)
                continue;
            var domain = text.Slice(at + 1, Math.Min(MaxDomain, text.Length - at - 1));
            var run = 0;
            while (run < domain.Length && (IsLetterOrDigit(domain[run]) || domain[run] is '.' or '-'))
                run++;
            if (run == domain.Length && run < MaxDomain && !isEnd)
                return new Finding(start, 0);
            if (DomainLength(domain[..run]) is > 0 and var length)
                return new Finding(start, at + 1 + length - start);
        }

        // What the text ends with may be the beginning of one.
        return !isEnd && LocalStart(text, from, text.Length) is >= 0 and var tail ? new Finding(tail, 0) : Finding.None(text);
    }

    /// <summary>Where the part before an <c>@</c> begins, at or after <paramref name="from"/>; -1 where there is none.</summary>
    private static int LocalStart(ReadOnlySpan<char> text, int from, int at)
    {
        var start = -1;
        var last = Math.Max(from, at - MaxLocal);
        for (var i = at - 1; i >= last && (IsLetterOrDigit(text[i]) || text[i] is '_' or '.' or '%' or '+' or '-' or '\''); i--)
        {
            // A word begins; not in its midst, or it would begin wherever it becomes short enough.
            if (IsStart(text[i]) && (i == 0 || !IsStart(text[i - 1])))
                start = i;
        }

        return start;
    }

    private static bool IsStart(char c) => IsLetterOrDigit(c) || c == '_';

    /// <summary>Length of the longest name at its beginning; 0 where there is none.</summary>
    private static int DomainLength(ReadOnlySpan<char> run)
    {
        var (longest, labels) = (0, 0);
        for (var from = 0; from < run.Length;)
        {
            var dot = run[from..].IndexOf('.');
            var label = dot < 0 ? run[from..] : run.Slice(from, dot);
            var trimmed = label.TrimEnd('-');
            if (trimmed.IsEmpty || trimmed[0] == '-')
                break;
            labels++;
            if (labels > 1 && IsTop(trimmed))
                longest = from + trimmed.Length;
            if (dot < 0 || trimmed.Length < label.Length)
                break;
            from += dot + 1;
        }

        return longest;
    }

    private static bool IsTop(ReadOnlySpan<char> label)
    {
        if (label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var c in label)
        {
            if (!IsLetterOrDigit(c) || char.IsAsciiDigit(c))
                return false;
        }

        return label.Length >= 2;
    }

    /// <summary>Of Latin scripts: where words have no spaces between them, a whole text would have to wait.</summary>
    private static bool IsLetterOrDigit(char c) => char.IsAsciiLetterOrDigit(c) || (c is >= '\u00C0' and <= '\u024F' and not '\u00D7' and not '\u00F7');
}
