namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads expressions, with the precedence that Jinja2 gives them (its <c>parser.py</c>, which is the only definition there is).</summary>
internal sealed class ExpressionParser
{
    private readonly TokenReader _tokens;
    private readonly PostfixParser _postfix;
    private readonly FilterParser _filters;

    public ExpressionParser(TokenReader tokens)
    {
        _tokens = tokens;
        _postfix = new PostfixParser(tokens, this);
        _filters = new FilterParser(tokens, _postfix);
    }

    /// <summary>Functions called by name, to be checked once every macro is known.</summary>
    public List<Variable> Called => _postfix.Called;

    public Expression Read(bool withCondition = true)
    {
        _tokens.Deeper();
        var expression = withCondition ? ReadConditional() : ReadOr();
        _tokens.Back();
        return expression;
    }

    /// <summary>One expression, or several that make a tuple.</summary>
    public Expression ReadTuple(bool withCondition = true)
    {
        var at = _tokens.Current.At;
        var items = new List<Expression> { Read(withCondition) };
        var isTuple = false;
        while (_tokens.TryOperator(","))
        {
            isTuple = true;
            if (_tokens.Current.Kind is TokenKind.TagEnd or TokenKind.PrintEnd || _tokens.IsOperator(")"))
            {
                break;
            }

            items.Add(Read(withCondition));
        }

        return isTuple ? new ListExpression(at, items, IsTuple: true) : items[0];
    }

    /// <summary>A chain of filters upon what a block makes, from the first one's name.</summary>
    public Expression ReadBlockFilters(bool first) => _filters.ReadBlock(first);

    private Expression ReadConditional()
    {
        var expression = ReadOr();
        while (_tokens.Current.At is var at && _tokens.TryName("if"))
        {
            var condition = ReadOr();
            expression = new Conditional(at, condition, expression, _tokens.TryName("else") ? Read() : null);
        }

        return expression;
    }

    private Expression ReadOr()
    {
        var left = ReadAnd();
        while (_tokens.Current.At is var at && _tokens.TryName("or"))
        {
            left = new Logic(at, IsAnd: false, left, ReadAnd());
        }

        return left;
    }

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (_tokens.Current.At is var at && _tokens.TryName("and"))
        {
            left = new Logic(at, IsAnd: true, left, ReadNot());
        }

        return left;
    }

    private Expression ReadNot()
    {
        var at = _tokens.Current.At;
        if (!_tokens.TryName("not"))
        {
            return ReadComparison();
        }

        _tokens.Deeper();
        var operand = ReadNot();
        _tokens.Back();
        return new Negation(at, operand);
    }

    private Expression ReadComparison()
    {
        var first = ReadSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (_tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or ">" or "<=" or ">=" })
            {
                rest.Add((_tokens.Take().Text, ReadSum()));
            }
            else if (_tokens.TryName("in"))
            {
                rest.Add(("in", ReadSum()));
            }
            else if (_tokens.IsName("not") && _tokens.Following is { Kind: TokenKind.Name, Text: "in" })
            {
                _tokens.Take();
                _tokens.Take();
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
        while (_tokens.Current is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            var sign = _tokens.Take();
            left = new Arithmetic(sign.At, sign.Text, left, ReadJoined());
        }

        return left;
    }

    private Expression ReadJoined()
    {
        var parts = new List<Expression> { ReadProduct() };
        while (_tokens.TryOperator("~"))
        {
            parts.Add(ReadProduct());
        }

        return parts.Count == 1 ? parts[0] : new Joined(parts[0].At, parts);
    }

    private Expression ReadProduct()
    {
        var left = ReadPower();
        while (_tokens.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            var sign = _tokens.Take();
            left = new Arithmetic(sign.At, sign.Text, left, ReadPower());
        }

        return left;
    }

    private Expression ReadPower()
    {
        var left = ReadUnary(withFilters: true);
        while (_tokens.IsOperator("**"))
        {
            var sign = _tokens.Take();
            left = new Arithmetic(sign.At, sign.Text, left, ReadUnary(withFilters: true));
        }

        return left;
    }

    private Expression ReadUnary(bool withFilters)
    {
        _tokens.Deeper();
        Expression expression;
        if (_tokens.Current is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            var sign = _tokens.Take();
            expression = new Sign(sign.At, sign.Text == "-", ReadUnary(withFilters: false));
        }
        else
        {
            expression = _postfix.Read();
        }

        if (withFilters)
        {
            expression = _filters.Read(expression);
        }

        _tokens.Back();
        return expression;
    }
}
