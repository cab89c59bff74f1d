using System.Buffers;
using System.Globalization;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Redacts a text that is JSON and comes in pieces, so that it stays JSON: each string by what it says, whatever is escaped in it, and what is
/// between strings by itself, where a string takes the place of a number. Text that is no JSON is redacted too.
/// </summary>
internal sealed class JsonTextRedactor(PatternSet patterns, Action<Pattern> found) : ITextRedactor
{
    private const int MaxEscape = 6;

    private readonly TextRedactor _strings = new(patterns, found);
    private readonly TextRedactor _between = new(patterns, found, quote: "\"");
    private readonly ArrayBufferWriter<char> _said = new();
    private readonly char[] _escape = new char[MaxEscape];
    private int _escaped;
    private bool _inString;

    public void Append(ReadOnlySpan<char> text, bool isEnd, IBufferWriter<char> output)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!_inString)
            {
                var quote = text[i..].IndexOf('"');
                var rest = quote < 0 ? text[i..] : text.Slice(i, quote);
                _between.Append(rest, isEnd: quote >= 0, output);
                i += rest.Length;
                if (quote >= 0)
                {
                    output.Write("\"");
                    (_inString, i) = (true, i + 1);
                }
            }
            else if (_escaped > 0)
            {
                _escape[_escaped++] = text[i++];
                EndEscape(output);
            }
            else if (text[i] == '\\')
            {
                (_escape[0], _escaped, i) = ('\\', 1, i + 1);
            }
            else if (text[i] == '"')
            {
                Say([], isEnd: true, output);
                output.Write("\"");
                (_inString, i) = (false, i + 1);
            }
            else
            {
                var end = text[i..].IndexOfAny('\\', '"');
                var rest = end < 0 ? text[i..] : text.Slice(i, end);
                Say(rest, isEnd: false, output);
                i += rest.Length;
            }
        }

        if (!isEnd)
            return;

        // A text that was cut: nothing may be held back, nor is it made whole.
        _between.Append([], isEnd: true, output);
        Say([], isEnd: true, output);
        output.Write(_escape.AsSpan(0, _escaped));
        (_escaped, _inString) = (0, false);
    }

    public void Dispose()
    {
        _strings.Dispose();
        _between.Dispose();
        _said.Clear();
        _escape.AsSpan().Clear();
    }

    private void EndEscape(IBufferWriter<char> output)
    {
        if (_escape[1] == 'u' && _escaped < MaxEscape)
            return;
        var c = _escape[1] switch
        {
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => ushort.TryParse(_escape.AsSpan(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? (char)code : '\uFFFD',
            _ => _escape[1],
        };
        _escaped = 0;
        Say([c], isEnd: false, output);
    }

    private void Say(ReadOnlySpan<char> text, bool isEnd, IBufferWriter<char> output)
    {
        _strings.Append(text, isEnd, _said);
        foreach (var c in _said.WrittenSpan)
        {
            if (c is '"' or '\\')
                output.Write(['\\', c]);
            else if (c < ' ' || char.IsSurrogate(c))
                output.Write($"\\u{(int)c:x4}");
            else
                output.Write([c]);
        }

        _said.ResetWrittenCount();
    }
}
