using System.Globalization;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Kubernetes.Helm;

/// <summary>One expression: commands joined by <c>|</c>, each a value or a function with arguments.</summary>
internal sealed partial class HelmPipeline
{
    private readonly Func<HelmScope, object?> _evaluate;

    private HelmPipeline(string text, Func<HelmScope, object?> evaluate) => (Text, _evaluate) = (text, evaluate);

    public string Text { get; }

    public static HelmPipeline Parse(string text)
    {
        var tokens = new Queue<string>();
        var at = 0;
        foreach (Match token in TokenPattern().Matches(text))
        {
            if (token.Index != at)
                throw new HelmException($"'{text[at..]}' is not understood");
            at = token.Index + token.Length;
            if (!string.IsNullOrWhiteSpace(token.Value))
                tokens.Enqueue(token.Value);
        }

        if (at != text.Length)
            throw new HelmException($"'{text[at..]}' is not understood");

        var evaluate = ParsePipeline(tokens, text);
        return tokens.Count == 0 ? new(text, evaluate) : throw new HelmException($"'{text}': '{tokens.Peek()}' is too much");
    }

    public object? Evaluate(HelmScope scope) => _evaluate(scope);

    private static Func<HelmScope, object?> ParsePipeline(Queue<string> tokens, string text)
    {
        var value = ParseCommand(tokens, text, null);
        while (tokens.TryPeek(out var next) && next == "|")
        {
            tokens.Dequeue();
            value = ParseCommand(tokens, text, value);
        }

        return value;
    }

    // What is piped in is the last argument.
    private static Func<HelmScope, object?> ParseCommand(Queue<string> tokens, string text, Func<HelmScope, object?>? piped)
    {
        if (tokens.TryPeek(out var first) && char.IsAsciiLetter(first[0]) && first is not ("true" or "false" or "nil"))
        {
            var name = tokens.Dequeue();
            var arguments = new List<Func<HelmScope, object?>>();
            while (tokens.TryPeek(out var next) && next is not ("|" or ")"))
                arguments.Add(ParseTerm(tokens, text));
            if (piped is not null)
                arguments.Add(piped);

            HelmFunctions.Check(name, arguments.Count);
            return scope => HelmFunctions.Call(name, [.. arguments.Select(argument => argument(scope))]);
        }

        return piped is null ? ParseTerm(tokens, text) : throw new HelmException($"'{text}': only a function can follow '|'");
    }

    private static Func<HelmScope, object?> ParseTerm(Queue<string> tokens, string text)
    {
        if (!tokens.TryDequeue(out var token))
            throw new HelmException($"'{text}' ends too early");

        switch (token[0])
        {
            case '(':
                var inner = ParsePipeline(tokens, text);
                return tokens.TryDequeue(out var close) && close == ")" ? inner : throw new HelmException($"'{text}': a parenthesis is not closed");
            case '"' or '`':
                var literal = token[1..^1];
                return _ => literal;
            case '.':
                return scope => Walk(scope.Dot, token[1..], text);
            case '$':
                var (name, path) = token[1..].Split('.', 2) is [var before, var after] ? (before, after) : (token[1..], "");
                return scope => Walk(name.Length == 0 ? scope.Root : scope.Variable(name), path, text);
            default:
                if (token is "true" or "false")
                    return _ => token == "true";

                var number = long.TryParse(token, CultureInfo.InvariantCulture, out var value) ? value : throw new HelmException($"'{text}': '{token}' is not understood");
                return _ => number;
        }
    }

    private static object? Walk(object? value, string path, string text)
    {
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            value = value is IReadOnlyDictionary<string, object?> map
                ? map.TryGetValue(name, out var next) ? next : null
                : throw new HelmException($"'{text}': there is no '{name}' in {(value is null ? "nothing" : "what is no map")}");
        }

        return value;
    }

    [GeneratedRegex("""\s+|"[^"\\]*"|`[^`]*`|[|()]|\$?[.A-Za-z_$][A-Za-z0-9_.]*|-?[0-9]+|\.""")]
    private static partial Regex TokenPattern();
}
