namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>The tokens of a template, one after the other.</summary>
internal sealed class TokenReader(IReadOnlyList<Token> tokens, int maxDepth)
{
    private int _next;
    private int _depth;

    public Token Current => tokens[_next];

    public Token Following => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    public Token Take()
    {
        var token = Current;
        _next = Math.Min(_next + 1, tokens.Count - 1);
        return token;
    }

    public bool IsOperator(string text) => Current is { Kind: TokenKind.Operator } token && token.Text == text;

    public bool IsName(params ReadOnlySpan<string> names) => Current.Kind == TokenKind.Name && names.Contains(Current.Text);

    public bool TryOperator(string text) => IsOperator(text) && Taken();

    public bool TryName(string name) => IsName(name) && Taken();

    public void Operator(string text)
    {
        if (!TryOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public string Name() => Current.Kind == TokenKind.Name ? Take().Text : throw Unexpected("a name");

    public void Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind)
        {
            throw Unexpected(what);
        }

        Take();
    }

    public TemplateFault Unexpected(string expected) => Unsupported(
        Current.Kind == TokenKind.End ? $"the template ends where {expected} should be" : $"'{Shown(Current.Text)}' where {expected} should be", Current.At);

    public static TemplateFault Unsupported(string message, Position at) => new(TemplateFaultKind.Unsupported, message, at);

    /// <summary>One level deeper; every way down passes here, so that no template can use up the stack.</summary>
    public void Deeper()
    {
        if (++_depth > maxDepth || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault(TemplateFaultKind.Unsupported, $"it nests deeper than {maxDepth}", Current.At);
        }
    }

    public void Back() => _depth--;

    private static string Shown(string text) => text.Length > 40 ? text[..40] + "..." : text;

    private bool Taken()
    {
        Take();
        return true;
    }
}
