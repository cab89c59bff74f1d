using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>
/// The part of the Common Expression Language that the policies use, by its specification: what is absent is an error unless <c>has()</c> asks, and
/// <c>&amp;&amp;</c>, <c>||</c>, <c>all</c>, <c>exists</c> forgive an error where the other side decides. Anything else does not parse.
/// </summary>
internal sealed partial class Cel
{
    private delegate object? Node(IReadOnlyDictionary<string, object?> scope);

    private readonly List<string> _tokens;
    private int _at;

    private Cel(string text)
    {
        _tokens = [.. TokenPattern().Matches(text).Select(match => match.Value).Where(token => !string.IsNullOrWhiteSpace(token))];
        Assert.Equal(Regex.Replace(text, @"\s", ""), Regex.Replace(string.Concat(_tokens), @"\s", ""));
    }

    /// <exception cref="CelException">It has no value, as with a field that isn't there.</exception>
    public static object? Evaluate(string text, IReadOnlyDictionary<string, object?> scope)
    {
        var parser = new Cel(text);
        var node = parser.Conditional();
        Assert.True(parser._at == parser._tokens.Count, $"too much in {text}");
        return node(scope);
    }

    private Node Conditional()
    {
        var condition = Or();
        if (!Take("?"))
            return condition;

        var then = Branch(Or);
        Expect(":");
        var otherwise = Branch(Conditional);
        return scope => (bool)condition(scope)! ? then(scope) : otherwise(scope);
    }

    // Both branches have one type, and what the API server knows the type of is no map.
    private Node Branch(Func<Node> parse)
    {
        Assert.False(_tokens[_at] == "{", "a map where an object may be must be dyn({})");
        return parse();
    }

    private Node Or()
    {
        var left = And();
        while (Take("||"))
            left = Decide(left, And(), decisive: true);
        return left;
    }

    private Node And()
    {
        var left = Relation();
        while (Take("&&"))
            left = Decide(left, Relation(), decisive: false);
        return left;
    }

    private static Node Decide(Node left, Node right, bool decisive) => scope =>
    {
        try
        {
            return (bool)left(scope)! == decisive ? decisive : (bool)right(scope)!;
        }
        catch (CelException)
        {
            return (bool)right(scope)! == decisive ? decisive : throw new CelException("no side decides");
        }
    };

    private Node Relation()
    {
        var left = Sum();
        foreach (var sign in new[] { "==", "!=", ">", "in" })
        {
            if (!Take(sign))
                continue;

            var right = Sum();
            return scope => sign switch
            {
                "==" => Equals(left(scope), right(scope)),
                "!=" => !Equals(left(scope), right(scope)),
                ">" => (long)left(scope)! > (long)right(scope)!,
                _ => ((IList)right(scope)!).Contains(left(scope)),
            };
        }

        return left;
    }

    private Node Sum()
    {
        var left = Unary();
        while (Take("+"))
        {
            var (before, right) = (left, Unary());
            left = scope => (List<object?>)[.. (IEnumerable<object?>)before(scope)!, .. (IEnumerable<object?>)right(scope)!];
        }

        return left;
    }

    private Node Unary()
    {
        if (!Take("!"))
            return Member();

        var operand = Unary();
        return scope => !(bool)operand(scope)!;
    }

    private Node Member()
    {
        var value = Primary();
        while (true)
        {
            if (Take("["))
            {
                var (list, index) = (value, Conditional());
                Expect("]");
                value = scope => ((IList)list(scope)!)[(int)(long)index(scope)!];
            }
            else if (Take("."))
            {
                var (target, name) = (value, Next());
                value = Take("(") ? Method(target, name) : scope => Field(target(scope), name);
            }
            else
            {
                return value;
            }
        }
    }

    private Node Method(Node target, string name)
    {
        if (name is "all" or "exists" or "map")
        {
            var variable = Next();
            Expect(",");
            var body = Conditional();
            Expect(")");
            return scope => Each(name, (IEnumerable<object?>)target(scope)!, item => body(new Dictionary<string, object?>(scope) { [variable] = item }));
        }

        var argument = name == "size" ? null : Conditional();
        Expect(")");
        return name switch
        {
            "size" => scope => (long)((ICollection)target(scope)!).Count,
            "matches" => scope => Regex.IsMatch((string)target(scope)!, (string)argument!(scope)!),
            _ => throw new CelException($"there is no {name}()"),
        };
    }

    private static object Each(string name, IEnumerable<object?> items, Func<object?, object?> body)
    {
        if (name == "map")
            return items.Select(body).ToList();

        var decisive = name == "exists";
        CelException? fault = null;
        foreach (var item in items)
        {
            try
            {
                if ((bool)body(item)! == decisive)
                    return decisive;
            }
            catch (CelException e)
            {
                fault = e;
            }
        }

        return fault is null ? !decisive : throw fault;
    }

    private Node Primary()
    {
        var token = Next();
        switch (token)
        {
            case "dyn":
                Expect("(");
                goto case "(";
            case "(":
                var inner = Conditional();
                Expect(")");
                return inner;
            case "[":
                var items = new List<Node>();
                while (!Take("]"))
                {
                    items.Add(Conditional());
                    Take(",");
                }

                return scope => items.Select(item => item(scope)).ToList();
            case "{":
                Expect("}");
                return _ => new Dictionary<string, object?>();
            case "has":
                Expect("(");
                var path = new List<string> { Next() };
                while (Take("."))
                    path.Add(Next());
                Expect(")");
                return scope => ((IReadOnlyDictionary<string, object?>)path[1..^1].Aggregate(scope[path[0]], Field)!).ContainsKey(path[^1]);
            default:
                return token[0] == '\'' ? _ => token[1..^1]
                    : char.IsAsciiDigit(token[0]) ? _ => long.Parse(token, CultureInfo.InvariantCulture)
                    : scope => scope.TryGetValue(token, out var value) ? value : throw new CelException($"there is no {token}");
        }
    }

    private static object? Field(object? target, string name) =>
        ((IReadOnlyDictionary<string, object?>)target!).TryGetValue(name, out var value) ? value : throw new CelException($"there is no {name}");

    private string Next() => _tokens[_at++];

    private bool Take(string token)
    {
        if (_at >= _tokens.Count || _tokens[_at] != token)
            return false;

        _at++;
        return true;
    }

    private void Expect(string token) => Assert.True(Take(token), $"'{token}' is missing before '{string.Concat(_tokens.Skip(_at))}'");

    [GeneratedRegex(@"\s+|'[^']*'|[A-Za-z_]\w*|\d+|==|!=|&&|\|\||[()\[\]{}.,?:!+>]")]
    private static partial Regex TokenPattern();
}

internal sealed class CelException(string message) : Exception(message);
