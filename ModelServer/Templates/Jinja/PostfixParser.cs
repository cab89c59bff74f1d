namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads an operand and what stands right behind it: members, elements, slices, calls.</summary>
internal sealed class PostfixParser(TokenReader tokens, ExpressionParser expressions)
{
    private readonly PrimaryParser _primary = new(tokens, expressions);

    /// <summary>Functions called by name, to be checked once every macro is known.</summary>
    public List<Variable> Called { get; } = [];

    /// <summary>An operand with all that is picked out of it or called on it.</summary>
    public Expression Read()
    {
        var expression = _primary.Read();
        while (true)
        {
            var at = tokens.Current.At;
            if (tokens.TryOperator("."))
            {
                expression = tokens.Current.Kind == TokenKind.Whole
                    ? new Element(at, expression, _primary.Read())
                    : new Member(at, expression, tokens.Name());
            }
            else if (tokens.TryOperator("["))
            {
                expression = ReadSubscript(at, expression);
                tokens.Operator("]");
            }
            else if (tokens.IsOperator("("))
            {
                expression = ReadCall(at, expression);
            }
            else
            {
                return expression;
            }
        }
    }

    /// <summary>Arguments in parentheses.</summary>
    public ArgumentList ReadArguments()
    {
        tokens.Operator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!tokens.TryOperator(")"))
        {
            if (tokens.Current.Kind == TokenKind.Name && tokens.Following is { Kind: TokenKind.Operator, Text: "=" })
            {
                var name = tokens.Name();
                tokens.Operator("=");
                named.Add((name, expressions.Read()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Unexpected("a named argument");
            }
            else if (tokens.Current.At is var at && tokens.TryOperator("*"))
            {
                positional.Add(new Spread(at, expressions.Read()));
            }
            else
            {
                positional.Add(expressions.Read());
            }

            if (!tokens.IsOperator(")"))
            {
                tokens.Operator(",");
            }
        }

        return new ArgumentList(positional, named);
    }

    private Call ReadCall(Position at, Expression target)
    {
        switch (target)
        {
            case Variable function:
                Called.Add(function);
                break;
            case Member method when !Methods.IsKnown(method.Name):
                throw TokenReader.Unsupported($"the method '{method.Name}'", method.At);
            default:
                break;
        }

        return new Call(at, target, ReadArguments());
    }

    private Expression ReadSubscript(Position at, Expression target)
    {
        var parts = new Expression?[3];
        var colons = 0;
        while (!tokens.IsOperator("]"))
        {
            if (tokens.TryOperator(":"))
            {
                if (++colons > 2)
                {
                    throw tokens.Unexpected("']'");
                }
            }
            else if (parts[colons] is null)
            {
                parts[colons] = expressions.Read();
            }
            else
            {
                throw tokens.Unexpected("']'");
            }
        }

        return colons > 0 ? new Slice(at, target, parts[0], parts[1], parts[2]) : new Element(at, target, parts[0] ?? throw tokens.Unexpected("an index"));
    }
}
