using System.Globalization;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads what expressions are made of: variables, literals, lists, mappings, parentheses.</summary>
internal sealed class PrimaryParser(TokenReader tokens, ExpressionParser expressions)
{
    public Expression Read()
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
                var inner = tokens.IsOperator(")") ? new ListExpression(token.At, [], IsTuple: true) : expressions.ReadTuple();
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
            items.Add(expressions.Read());
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
            var key = expressions.Read();
            tokens.Operator(":");
            items.Add((key, expressions.Read()));
            if (!tokens.IsOperator("}"))
            {
                tokens.Operator(",");
            }
        }

        return new MapExpression(at, items);
    }
}
