using System.Globalization;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>
/// Cuts a template into tokens, white space as with <c>trim_blocks</c> and <c>lstrip_blocks</c>, the way chat templates are rendered
/// everywhere. https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] s_operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _lineStart;
    private int _line = 1;
    private int _measured;
    private bool _lineStarting = true;

    private Lexer(string source) => _source = source;

    private Position Here
    {
        get
        {
            for (; _measured < _at; _measured++)
            {
                if (_source[_measured] == '\n')
                {
                    _line++;
                    _lineStart = _measured + 1;
                }
            }

            return new Position(_line, _at - _lineStart + 1);
        }
    }

    public static IReadOnlyList<Token> Read(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_at < _source.Length)
        {
            var begin = NextTag();
            if (begin < 0)
            {
                Add(TokenKind.Data, _source[_at..]);
                _at = _source.Length;
                break;
            }

            var kind = _source[begin + 1];
            var sign = begin + 2 < _source.Length ? _source[begin + 2] : '\0';
            AddDataBefore(begin, kind, sign);
            _at = begin;
            var start = Here;
            _at += sign is '-' or '+' ? 3 : 2;
            switch (kind)
            {
                case '#':
                    ReadComment(start);
                    break;
                case '{':
                    _tokens.Add(new Token(TokenKind.PrintBegin, "{{", start));
                    ReadInside("}}", TokenKind.PrintEnd, start);
                    break;
                case '%' when IsRaw(out var afterRaw):
                    ReadRaw(afterRaw, start);
                    break;
                default:
                    _tokens.Add(new Token(TokenKind.TagBegin, "{%", start));
                    ReadInside("%}", TokenKind.TagEnd, start);
                    break;
            }
        }

        Add(TokenKind.End, string.Empty);
    }

    private int NextTag()
    {
        for (var i = _at; (i = _source.IndexOf('{', i)) >= 0 && i + 1 < _source.Length; i++)
        {
            if (_source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return -1;
    }

    private void AddDataBefore(int begin, char kind, char sign)
    {
        var data = _source[_at..begin];
        if (sign == '-')
        {
            data = Text.Literal(data).Strip(null, left: false, right: true).Value;
        }
        else if (sign != '+' && kind != '{')
        {
            // Blanks before a block or comment go where nothing else stands on that line.
            var line = data.LastIndexOf('\n') + 1;
            if ((line > 0 || _lineStarting) && data.AsSpan(line).IsWhiteSpace())
            {
                data = data[..line];
            }
        }

        Add(TokenKind.Data, data);
    }

    private void ReadComment(Position start)
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Unsupported("a comment that does not end", start);
        }

        var sign = end > _at && _source[end - 1] is ('-' or '+') ? _source[end - 1] : '\0';
        _at = end;
        EndTag(sign, trims: true);
    }

    /// <summary>Passes the two characters that end a tag, and the white space that goes with them.</summary>
    private void EndTag(char sign, bool trims)
    {
        _at += 2;
        var end = _at;
        if (sign == '-')
        {
            while (_at < _source.Length && Text.IsSpace(_source[_at]))
            {
                _at++;
            }
        }
        else if (sign != '+' && trims && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }

        _lineStarting = _at > end && _source[_at - 1] == '\n';
    }

    private bool IsRaw(out int after)
    {
        after = SkipSpace(_at);
        if (string.CompareOrdinal(_source, after, "raw", 0, 3) != 0)
        {
            return false;
        }

        after = SkipSpace(after + 3);
        return EndsTagAt(after, out _);
    }

    private bool EndsTagAt(int at, out char sign)
    {
        sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';
        return string.CompareOrdinal(_source, sign == '\0' ? at : at + 1, "%}", 0, 2) == 0;
    }

    private int SkipSpace(int at)
    {
        while (at < _source.Length && Text.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private void ReadRaw(int end, Position start)
    {
        EndsTagAt(end, out var sign);
        _at = sign == '\0' ? end : end + 1;
        EndTag(sign, trims: true);
        var from = _at;
        for (var i = from; (i = _source.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i++)
        {
            var before = i + 2 < _source.Length ? _source[i + 2] : '\0';
            var name = SkipSpace(before is '-' or '+' ? i + 3 : i + 2);
            if (string.CompareOrdinal(_source, name, "endraw", 0, 6) != 0 || !EndsTagAt(SkipSpace(name + 6), out var after))
            {
                continue;
            }

            AddDataBefore(i, '%', before);
            _at = SkipSpace(name + 6) + (after == '\0' ? 0 : 1);
            EndTag(after, trims: true);
            return;
        }

        throw Unsupported("'raw' that does not end", start);
    }

    private void ReadInside(string end, TokenKind endKind, Position start)
    {
        var open = 0;
        while (true)
        {
            _at = SkipSpace(_at);
            if (_at >= _source.Length)
            {
                throw Unsupported("a tag that does not end", start);
            }

            var c = _source[_at];
            if (open == 0)
            {
                var sign = c is '-' or '+' && string.CompareOrdinal(_source, _at + 1, end, 0, 2) == 0 ? c : '\0';
                if (sign != '\0' || string.CompareOrdinal(_source, _at, end, 0, 2) == 0)
                {
                    Add(endKind, end, evenEmpty: true);
                    _at += sign == '\0' ? 0 : 1;
                    EndTag(sign, trims: endKind == TokenKind.TagEnd);
                    return;
                }
            }

            if (c is '\'' or '"')
            {
                var at = Here;
                _tokens.Add(new Token(TokenKind.String, StringLiteral.Read(_source, ref _at, at), at));
            }
            else if (char.IsAsciiDigit(c))
            {
                ReadNumber();
            }
            else if (c == '_' || char.IsLetter(c))
            {
                var from = _at;
                while (from < _source.Length && (_source[from] == '_' || char.IsLetterOrDigit(_source[from])))
                {
                    from++;
                }

                Add(TokenKind.Name, _source[_at..from]);
                _at = from;
            }
            else
            {
                var found = Array.Find(s_operators, o => string.CompareOrdinal(_source, _at, o, 0, o.Length) == 0)
                    ?? throw Unsupported($"the character '{c}'", Here);
                open += found is "(" or "[" or "{" ? 1 : found is ")" or "]" or "}" ? -1 : 0;
                Add(TokenKind.Operator, found);
                _at += found.Length;
                if (open < 0)
                {
                    throw Unsupported($"'{found}' that closes nothing", _tokens[^1].At);
                }
            }
        }
    }

    private void ReadNumber()
    {
        var end = _at;
        var real = false;
        while (end < _source.Length && (char.IsAsciiDigit(_source[end]) || _source[end] == '_'
            || (_source[end] == '.' && !real && end + 1 < _source.Length && char.IsAsciiDigit(_source[end + 1]))))
        {
            real |= _source[end++] == '.';
        }

        var exponent = end + (end + 1 < _source.Length && _source[end + 1] is ('+' or '-') ? 2 : 1);
        if (end < _source.Length && _source[end] is ('e' or 'E') && exponent < _source.Length && char.IsAsciiDigit(_source[exponent]))
        {
            real = true;
            for (end = exponent; end < _source.Length && char.IsAsciiDigit(_source[end]);)
            {
                end++;
            }
        }

        var text = _source[_at..end].Replace("_", string.Empty, StringComparison.Ordinal);
        if (!real && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw Unsupported("a number beyond 64 bits", Here);
        }

        Add(real ? TokenKind.Real : TokenKind.Whole, text);
        _at = end;
    }

    private void Add(TokenKind kind, string text, bool evenEmpty = false)
    {
        if (text.Length > 0 || evenEmpty || kind == TokenKind.End)
        {
            _tokens.Add(new Token(kind, text, Here));
        }
    }

    private static TemplateFault Unsupported(string what, Position at) => new(TemplateFaultKind.Unsupported, what, at);
}
