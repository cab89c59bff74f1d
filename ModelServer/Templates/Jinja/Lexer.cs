namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>
/// Cuts a template into text and tags, white space as with <c>trim_blocks</c> and <c>lstrip_blocks</c>, the way chat templates are rendered
/// everywhere. https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly TokenWriter _writer;
    private readonly TagLexer _tags;
    private bool _lineStarting = true;

    private Lexer(string source)
    {
        _source = source;
        _writer = new TokenWriter(source);
        _tags = new TagLexer(_writer);
    }

    public static IReadOnlyList<Token> Read(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadAll();
        return lexer._writer.Tokens;
    }

    private void ReadAll()
    {
        while (_writer.At < _source.Length)
        {
            var begin = NextTag();
            if (begin < 0)
            {
                _writer.Add(TokenKind.Data, _source[_writer.At..]);
                _writer.At = _source.Length;
                break;
            }

            var kind = _source[begin + 1];
            var sign = begin + 2 < _source.Length ? _source[begin + 2] : '\0';
            AddDataBefore(begin, kind, sign);
            _writer.At = begin;
            var start = _writer.Here;
            _writer.At += sign is '-' or '+' ? 3 : 2;
            switch (kind)
            {
                case '#':
                    ReadComment(start);
                    break;
                case '{':
                    _writer.Add(TokenKind.PrintBegin, "{{", start);
                    EndTag(_tags.Read("}}", TokenKind.PrintEnd, start), trims: false);
                    break;
                case '%' when IsRaw(out var afterRaw):
                    ReadRaw(afterRaw, start);
                    break;
                default:
                    _writer.Add(TokenKind.TagBegin, "{%", start);
                    EndTag(_tags.Read("%}", TokenKind.TagEnd, start), trims: true);
                    break;
            }
        }

        _writer.Add(TokenKind.End, string.Empty);
    }

    private int NextTag()
    {
        for (var i = _writer.At; (i = _source.IndexOf('{', i)) >= 0 && i + 1 < _source.Length; i++)
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
        var data = _source[_writer.At..begin];
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

        _writer.Add(TokenKind.Data, data);
    }

    private void ReadComment(Position start)
    {
        var end = _source.IndexOf("#}", _writer.At, StringComparison.Ordinal);
        if (end < 0)
        {
            throw TokenWriter.Unsupported("a comment that does not end", start);
        }

        var sign = end > _writer.At && _source[end - 1] is ('-' or '+') ? _source[end - 1] : '\0';
        _writer.At = end;
        EndTag(sign, trims: true);
    }

    /// <summary>Passes the two characters that end a tag, and the white space that goes with them.</summary>
    private void EndTag(char sign, bool trims)
    {
        _writer.At += 2;
        var end = _writer.At;
        if (sign == '-')
        {
            _writer.At = _writer.SkipSpace(_writer.At);
        }
        else if (sign != '+' && trims && _writer.At < _source.Length && _source[_writer.At] == '\n')
        {
            _writer.At++;
        }

        _lineStarting = _writer.At > end && _source[_writer.At - 1] == '\n';
    }

    private bool IsRaw(out int after)
    {
        after = _writer.SkipSpace(_writer.At);
        if (string.CompareOrdinal(_source, after, "raw", 0, 3) != 0)
        {
            return false;
        }

        after = _writer.SkipSpace(after + 3);
        return EndsTagAt(after, out _);
    }

    private bool EndsTagAt(int at, out char sign)
    {
        sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';
        return string.CompareOrdinal(_source, sign == '\0' ? at : at + 1, "%}", 0, 2) == 0;
    }

    private void ReadRaw(int end, Position start)
    {
        EndsTagAt(end, out var sign);
        _writer.At = sign == '\0' ? end : end + 1;
        EndTag(sign, trims: true);
        var from = _writer.At;
        for (var i = from; (i = _source.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i++)
        {
            var before = i + 2 < _source.Length ? _source[i + 2] : '\0';
            var name = _writer.SkipSpace(before is '-' or '+' ? i + 3 : i + 2);
            if (string.CompareOrdinal(_source, name, "endraw", 0, 6) != 0 || !EndsTagAt(_writer.SkipSpace(name + 6), out var after))
            {
                continue;
            }

            AddDataBefore(i, '%', before);
            _writer.At = _writer.SkipSpace(name + 6) + (after == '\0' ? 0 : 1);
            EndTag(after, trims: true);
            return;
        }

        throw TokenWriter.Unsupported("'raw' that does not end", start);
    }
}
