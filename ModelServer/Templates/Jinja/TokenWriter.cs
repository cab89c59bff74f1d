namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>A template's text with the place where reading has come to, and the tokens found so far.</summary>
internal sealed class TokenWriter(string source)
{
    private readonly List<Token> _tokens = [];
    private int _lineStart;
    private int _line = 1;
    private int _measured;

    public string Source { get; } = source;

    /// <summary>Where reading has come to; it never goes back.</summary>
    public int At { get; set; }

    public IReadOnlyList<Token> Tokens => _tokens;

    public Position Here
    {
        get
        {
            for (; _measured < At; _measured++)
            {
                if (Source[_measured] == '\n')
                {
                    _line++;
                    _lineStart = _measured + 1;
                }
            }

            return new Position(_line, At - _lineStart + 1);
        }
    }

    public static TemplateFault Unsupported(string what, Position at) => new(TemplateFaultKind.Unsupported, what, at);

    /// <summary>The first place from there on that is no white space.</summary>
    public int SkipSpace(int at)
    {
        while (at < Source.Length && Text.IsSpace(Source[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>A token that begins here; text without a character is none.</summary>
    public void Add(TokenKind kind, string text, bool evenEmpty = false)
    {
        if (text.Length > 0 || evenEmpty || kind == TokenKind.End)
        {
            Add(kind, text, Here);
        }
    }

    public void Add(TokenKind kind, string text, Position at) => _tokens.Add(new Token(kind, text, at));
}
