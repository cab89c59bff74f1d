using System.Buffers;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// API keys and tokens by their prefixes, and private keys in PEM (RFC 7468). What is long enough is one whatever follows, to the end of its run:
/// nothing of it waits, so its length has no bound.
/// </summary>
internal sealed class SecretPattern() : Pattern("secret")
{
    private const string PemBegin = "-----BEGIN ";
    private const string PemKey = "PRIVATE KEY-----";
    private const int MaxPemLabel = 32;

    /// <summary>States of an open match: the kind's number, or from here on how much of a private key's last line was seen.</summary>
    private const int Pem = 1000;
    private const int Dashes = 5;

    private static readonly SearchValues<char> _firsts = SearchValues.Create([.. SecretKind.All.Select(kind => kind.Prefix[0]).Append('-').Distinct()]);

    private static readonly SearchValues<char> _wordLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly SearchValues<char> _labelLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ -");

    public override int MaxUndecided => SecretKind.MaxHeader + PemBegin.Length;

    public override Finding Next(ReadOnlySpan<char> text, int from, bool isEnd)
    {
        for (var i = from; ; i++)
        {
            var found = text[i..].IndexOfAny(_firsts);
            if (found < 0)
                return Finding.None(text);
            i += found;
            if (i > 0 && _wordLetters.Contains(text[i - 1]))
            {
                // In the midst of a word none begins.
                var rest = text[i..].IndexOfAnyExcept(_wordLetters);
                if (rest < 0)
                    return Finding.None(text);
                i += rest;
                continue;
            }

            if ((text[i] == '-' ? PemAt(text[i..], isEnd) : KeyAt(text[i..], isEnd)) is { } key)
                return key with { Start = i };
        }
    }

    public override int Continue(ReadOnlySpan<char> text, ref int state)
    {
        if (state >= Pem)
            return ContinuePem(text, ref state);
        var run = Run(SecretKind.All[state - 1], text);
        state = run < text.Length ? 0 : state;
        return run;
    }

    private static Finding? KeyAt(ReadOnlySpan<char> text, bool isEnd)
    {
        for (var i = 0; i < SecretKind.All.Count; i++)
        {
            var kind = SecretKind.All[i];
            if (text.Length < kind.Prefix.Length && !isEnd && kind.Prefix.StartsWith(text, StringComparison.Ordinal))
                return new Finding(0, 0);
            if (!text.StartsWith(kind.Prefix, StringComparison.Ordinal))
                continue;
            var rest = text[kind.Prefix.Length..];
            var run = Run(kind, rest);
            var isOpen = run == rest.Length && !isEnd;
            var isKey = run >= kind.MinRest && rest[..Math.Min(run, SecretKind.MaxHeader)].Contains(kind.Contains, StringComparison.Ordinal);
            if (isKey)
                return new Finding(0, kind.Prefix.Length + run, isOpen ? i + 1 : 0);
            return isOpen && run < SecretKind.MaxHeader ? new Finding(0, 0) : null;
        }

        return null;
    }

    private static Finding? PemAt(ReadOnlySpan<char> text, bool isEnd)
    {
        if (text.Length < PemBegin.Length)
            return !isEnd && PemBegin.StartsWith(text, StringComparison.Ordinal) ? new Finding(0, 0) : null;
        if (!text.StartsWith(PemBegin, StringComparison.Ordinal))
            return null;
        var label = text.Slice(PemBegin.Length, Math.Min(MaxPemLabel, text.Length - PemBegin.Length));
        var key = label.IndexOf(PemKey, StringComparison.Ordinal);
        var words = label.IndexOfAnyExcept(_labelLetters);
        if (key < 0 || (words >= 0 && words < key))
            return words < 0 && label.Length < MaxPemLabel && !isEnd ? new Finding(0, 0) : null;
        var (head, state) = (PemBegin.Length + key + PemKey.Length, Pem);
        var length = head + ContinuePem(text[head..], ref state);
        return new Finding(0, length, isEnd ? 0 : state);
    }

    /// <summary>To the end of the last line, which has five dashes twice; or of all, for what comes without one is the key still.</summary>
    private static int ContinuePem(ReadOnlySpan<char> text, ref int state)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var seen = state - Pem;
            if (text[i] == '-')
            {
                if (++seen == 2 * Dashes)
                {
                    state = 0;
                    return i + 1;
                }
            }
            else
            {
                seen = seen >= Dashes ? Dashes : 0;
            }

            state = Pem + seen;
        }

        return text.Length;
    }

    private static int Run(SecretKind kind, ReadOnlySpan<char> text)
    {
        var run = 0;
        while (run < text.Length && kind.Holds(text[run]))
            run++;
        return run;
    }
}
