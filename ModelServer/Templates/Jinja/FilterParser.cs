namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads the filters, tests and calls that follow an operand.</summary>
internal sealed class FilterParser(TokenReader tokens, PostfixParser postfix)
{
    /// <summary>All that follow, upon this operand.</summary>
    public Expression Read(Expression expression)
    {
        while (true)
        {
            if (tokens.TryOperator("|"))
            {
                expression = ReadFilter(expression);
            }
            else if (tokens.TryName("is"))
            {
                expression = ReadTest(expression);
            }
            else if (tokens.IsOperator("("))
            {
                expression = new Call(tokens.Current.At, expression, postfix.ReadArguments());
            }
            else
            {
                return expression;
            }
        }
    }

    /// <summary>A chain of filters upon what a block makes, from the first one's name.</summary>
    public Expression ReadBlock(bool first)
    {
        Expression expression = new BlockText(tokens.Current.At);
        if (first)
        {
            expression = ReadFilter(expression);
        }

        while (tokens.TryOperator("|"))
        {
            expression = ReadFilter(expression);
        }

        return expression;
    }

    private Filter ReadFilter(Expression target)
    {
        var at = tokens.Current.At;
        var name = tokens.Name();
        if (!Filters.Known.ContainsKey(name))
        {
            throw TokenReader.Unsupported($"the filter '{name}'", at);
        }

        return new Filter(at, target, name, tokens.IsOperator("(") ? postfix.ReadArguments() : ArgumentList.None);
    }

    private Expression ReadTest(Expression target)
    {
        var negated = tokens.TryName("not");
        var at = tokens.Current.At;
        var name = tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or ">" or "<=" or ">=" } ? tokens.Take().Text : tokens.Name();
        if (!Tests.Known.ContainsKey(name))
        {
            throw TokenReader.Unsupported($"the test '{name}'", at);
        }

        var arguments = ArgumentList.None;
        if (tokens.IsOperator("("))
        {
            arguments = postfix.ReadArguments();
        }
        else if ((tokens.Current.Kind is TokenKind.String or TokenKind.Whole or TokenKind.Real || tokens.IsOperator("[") || tokens.IsOperator("{")
            || tokens.Current.Kind == TokenKind.Name) && !tokens.IsName("else", "or", "and", "if", "is", "in", "not", "recursive"))
        {
            arguments = new ArgumentList([postfix.Read()], []);
        }

        var test = new Test(at, target, name, arguments);
        return negated ? new Negation(at, test) : test;
    }
}
