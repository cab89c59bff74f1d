using System.Buffers;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Redacts one text that comes in pieces. What comes out, put together, is the same however the text was cut; what may still become a match waits,
/// and nothing else does. Not thread-safe.
/// </summary>
internal sealed class TextRedactor(PatternSet patterns, Action<Pattern> found, string quote = "") : ITextRedactor
{
    private readonly Finding[] _findings = new Finding[patterns.Patterns.Count];
    private char[] _text = [];

    /// <summary>Where what waits begins: after the one character before it that is known.</summary>
    private int _from;
    private int _length;

    /// <summary>Whose match goes on in what follows; null where none does.</summary>
    private Pattern? _open;
    private int _openState;

    /// <summary>Characters that wait.</summary>
    public int Waiting => _length - _from;

    public void Append(ReadOnlySpan<char> text, bool isEnd, IBufferWriter<char> output)
    {
        Add(text);
        var all = _text.AsSpan(0, _length);
        var at = _from;
        if (_open is not null)
        {
            at += _open.Continue(all[at..], ref _openState);
            _open = _openState == 0 ? null : _open;
        }

        if (_open is null)
            at = Redact(all, at, isEnd, output);
        Keep(isEnd ? _length : at);
        if (isEnd)
            (_open, _from, _length) = (null, 0, 0);
    }

    public void Dispose()
    {
        if (_text.Length == 0)
            return;
        _text.AsSpan().Clear();
        ArrayPool<char>.Shared.Return(_text);
        (_text, _from, _length) = ([], 0, 0);
    }

    /// <summary>Writes what is decided; returns where that ends.</summary>
    private int Redact(ReadOnlySpan<char> text, int at, bool isEnd, IBufferWriter<char> output)
    {
        _findings.AsSpan().Fill(new Finding(-1, 0));
        while (true)
        {
            var (finding, pattern) = First(text, at, isEnd);
            output.Write(text[at..finding.Start]);
            at = finding.Start;
            if (finding.Length == 0)
                return at;
            found(pattern!);
            output.Write(quote);
            output.Write(pattern!.Replacement);
            output.Write(quote);
            at += finding.Length;
            if (finding.Open > 0)
                (_open, _openState) = (pattern, finding.Open);
            if (at == text.Length)
                return at;
        }
    }

    private (Finding Finding, Pattern? Pattern) First(ReadOnlySpan<char> text, int at, bool isEnd)
    {
        var (first, by) = (Finding.None(text), default(Pattern));
        for (var i = 0; i < _findings.Length; i++)
        {
            ref var finding = ref _findings[i];
            if (finding.Start < at)
                finding = patterns.Patterns[i].Next(text, at, isEnd);
            if (finding.Start == text.Length || finding.Start > first.Start)
                continue;

            // While one of those that begin here is undecided, all are: it may turn out to be the longest.
            if (finding.Start < first.Start || finding.Length == 0 || (first.Length > 0 && finding.Length > first.Length))
                (first, by) = (finding, patterns.Patterns[i]);
        }

        return (first, by);
    }

    private void Add(ReadOnlySpan<char> text)
    {
        if (_length + text.Length > _text.Length)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(256, (_length + text.Length) * 2));
            _text.AsSpan(0, _length).CopyTo(larger);
            var length = _length;
            var from = _from;
            Dispose();
            (_text, _from, _length) = (larger, from, length);
        }

        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>Forgets what is before <paramref name="at"/>, but for one character.</summary>
    private void Keep(int at)
    {
        var drop = Math.Max(0, at - 1);
        _text.AsSpan(drop, _length - drop).CopyTo(_text);
        (_from, _length) = (at - drop, _length - drop);
    }
}
