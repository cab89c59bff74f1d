using System.Globalization;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads expressions, with the precedence that Jinja2 gives them (its <c>parser.py</c>, which is the only definition there is).</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    /// <summary>Functions called by name, to be checked once every macro is known.</summary>
    public List<Variable> Called { get; } = [];

    public Expression Read(bool withCondition = true)
    {
        tokens.Deeper();
        var expression = withCondition ? ReadConditional() : ReadOr();
        tokens.Back();
        return expression;
    }

    /// <summary>One expression, or several that make a tuple.</summary>
    public Expression ReadTuple(bool withCondition = true)
    {
        var at = tokens.Current.At;
        var items = new List<Expression> { Read(withCondition) };
        var isTuple = false;
        while (tokens.TryOperator(","))
        {
            isTuple = true;
            if (tokens.Current.Kind is TokenKind.TagEnd or TokenKind.PrintEnd || tokens.IsOperator(")"))
            {
                break;
            }

            items.Add(Read(withCondition));
        }

        return isTuple ? new ListExpression(at, items, IsTuple: true) : items[0];
    }

    /// <summary>A chain of filters upon what a block makes, from the first one's name.</summary>
    public Expression ReadBlockFilters(bool first)
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

    private Expression ReadConditional()
    {
        var expression = ReadOr();
        while (tokens.Current.At is var at && tokens.TryName("if"))
        {
            var condition = ReadOr();
            expression = new Conditional(at, condition, expression, tokens.TryName("else") ? Read() : null);
        }

        return expression;
    }

    private Expression ReadOr()
    {
        var left = ReadAnd();
        while (tokens.Current.At is var at && tokens.TryName("or"))
        {
            left = new Logic(at, IsAnd: false, left, ReadAnd());
        }

        return left;
    }

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (tokens.Current.At is var at && tokens.TryName("and"))
        {
            left = new Logic(at, IsAnd: true, left, ReadNot());
        }

        return left;
    }

    private Expression ReadNot()
    {
        var at = tokens.Current.At;
        if (!tokens.TryName("not"))
        {
            return ReadComparison();
        }

        tokens.Deeper();
        var operand = ReadNot();
        tokens.Back();
        return new Negation(at, operand);
    }

    private Expression ReadComparison()
    {
        var first = ReadSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or ">" or "<=" or ">=" })
            {
                rest.Add((tokens.Take().Text, ReadSum()));
            }
            else if (tokens.TryName("in"))
            {
                rest.Add(("in", ReadSum()));
            }
            else if (tokens.IsName("not") && tokens.Following is { Kind: TokenKind.Name, Text: "in" })
            {
                tokens.Take();
                tokens.Take();
                rest.Add(("not in", ReadSum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(first.At, first, rest);
            }
        }
    }

    private Expression ReadSum()
    {
        var left = ReadJoined();
        while (tokens.Current is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            var sign = tokens.Take();
            left = new Arithmetic(sign.At, sign.Text, left, ReadJoined());
        }

        return left;
    }

    private Expression ReadJoined()
    {
        var parts = new List<Expression> { ReadProduct() };
        while (tokens.TryOperator("~"))
        {
            parts.Add(ReadProduct());
        }

        return parts.Count == 1 ? parts[0] : new Joined(parts[0].At, parts);
    }

    private Expression ReadProduct()
    {
        var left = ReadPower();
        while (tokens.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            var sign = tokens.Take();
            left = new Arithmetic(sign.At, sign.Text, left, ReadPower());
        }

        return left;
    }

    private Expression ReadPower()
    {
        var left = ReadUnary(withFilters: true);
        while (tokens.IsOperator("**"))
        {
            var sign = tokens.Take();
            left = new Arithmetic(sign.At, sign.Text, left, ReadUnary(withFilters: true));
        }

        return left;
    }

    private Expression ReadUnary(bool withFilters)
    {
        tokens.Deeper();
        Expression expression;
        if (tokens.Current is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            var sign = tokens.Take();
            expression = new Sign(sign.At, sign.Text == "-", ReadUnary(withFilters: false));
        }
        else
        {
            expression = ReadPostfix(ReadPrimary());
        }

        if (withFilters)
        {
            expression = ReadFilters(expression);
        }

        tokens.Back();
        return expression;
    }

    private Expression ReadFilters(Expression expression)
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
                expression = new Call(tokens.Current.At, expression, ReadArguments());
            }
            else
            {
                return expression;
            }
        }
    }

    private Filter ReadFilter(Expression target)
    {
        var at = tokens.Current.At;
        var name = tokens.Name();
        if (!Filters.Known.ContainsKey(name))
        {
            throw TokenReader.Unsupported($"the filter '{name}'", at);
        }

        return new Filter(at, target, name, tokens.IsOperator("(") ? ReadArguments() : ArgumentList.None);
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
            arguments = ReadArguments();
        }
        else if ((tokens.Current.Kind is TokenKind.String or TokenKind.Whole or TokenKind.Real || tokens.IsOperator("[") || tokens.IsOperator("{")
            || tokens.Current.Kind == TokenKind.Name) && !tokens.IsName("else", "or", "and", "if", "is", "in", "not", "recursive"))
        {
            arguments = new ArgumentList([ReadPostfix(ReadPrimary())], []);
        }

        var test = new Test(at, target, name, arguments);
        return negated ? new Negation(at, test) : test;
    }

    private Expression ReadPostfix(Expression expression)
    {
        while (true)
        {
            var at = tokens.Current.At;
            if (tokens.TryOperator("."))
            {
                expression = tokens.Current.Kind == TokenKind.Whole
                    ? new Element(at, expression, ReadPrimary())
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
                parts[colons] = Read();
            }
            else
            {
                throw tokens.Unexpected("']'");
            }
        }

        return colons > 0 ? new Slice(at, target, parts[0], parts[1], parts[2]) : new Element(at, target, parts[0] ?? throw tokens.Unexpected("an index"));
    }

    private ArgumentList ReadArguments()
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
                named.Add((name, Read()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Unexpected("a named argument");
            }
            else
            {
                positional.Add(Read());
            }

            if (!tokens.IsOperator(")"))
            {
                tokens.Operator(",");
            }
        }

        return new ArgumentList(positional, named);
    }

    private Expression ReadPrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.At, BoolValue.True),
                    "false" or "False" => new Constant(token.At, BoolValue.False),
                    "none" or "None" => new Constant(token.At, NoneValue.Instance),
                    _ => new Variable(token.At, token.Text),
                };
            case TokenKind.String:
                var text = string.Empty;
                while (tokens.Current.Kind == TokenKind.String)
                {
                    text += tokens.Take().Text;
                }

                return new Constant(token.At, TextValue.Literal(text));
            case TokenKind.Whole:
                return new Constant(token.At, new WholeValue(long.Parse(tokens.Take().Text, NumberStyles.None, CultureInfo.InvariantCulture)));
            case TokenKind.Real:
                return new Constant(token.At, new RealValue(double.Parse(tokens.Take().Text, NumberStyles.Float, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                tokens.Take();
                var inner = tokens.IsOperator(")") ? new ListExpression(token.At, [], IsTuple: true) : ReadTuple();
                tokens.Operator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ReadList();
            case TokenKind.Operator when token.Text == "{":
                return ReadMap();
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    private ListExpression ReadList()
    {
        var at = tokens.Take().At;
        var items = new List<Expression>();
        while (!tokens.TryOperator("]"))
        {
            items.Add(Read());
            if (!tokens.IsOperator("]"))
            {
                tokens.Operator(",");
            }
        }

        return new ListExpression(at, items, IsTuple: false);
    }

    private MapExpression ReadMap()
    {
        var at = tokens.Take().At;
        var items = new List<(Expression, Expression)>();
        while (!tokens.TryOperator("}"))
        {
            var key = Read();
            tokens.Operator(":");
            items.Add((key, Read()));
            if (!tokens.IsOperator("}"))
            {
                tokens.Operator(",");
            }
        }

        return new MapExpression(at, items);
    }
}
