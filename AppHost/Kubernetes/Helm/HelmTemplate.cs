using System.Text;

namespace Zakenak.AppHost.Kubernetes.Helm;

/// <summary>
/// The part of Helm's template language that the chart uses, rendered here: <c>if</c>, <c>else</c>, <c>with</c>, <c>range</c>, pipelines, and the
/// functions in <see cref="HelmFunctions"/>. Anything else is an error, and so is a value that isn't there: the chart must not need more.
/// </summary>
internal sealed class HelmTemplate
{
    private readonly string _name;
    private readonly List<Node> _nodes;

    private HelmTemplate(string name, List<Node> nodes) => (_name, _nodes) = (name, nodes);

    public static HelmTemplate Parse(string name, string text)
    {
        try
        {
            var parts = new Queue<Part>(Split(text));
            var nodes = Block(parts, out var end);
            return end is null ? new HelmTemplate(name, nodes) : throw new HelmException($"'{end}' ends nothing");
        }
        catch (HelmException e)
        {
            throw new HelmException($"{name}: {e.Message}");
        }
    }

    /// <param name="root">What <c>$</c> is: <c>Values</c>, <c>Release</c>, <c>Chart</c>.</param>
    public string Render(IReadOnlyDictionary<string, object?> root)
    {
        var text = new StringBuilder();
        try
        {
            Render(_nodes, new HelmScope(root), text);
        }
        catch (HelmException e)
        {
            throw new HelmException($"{_name}: {e.Message}");
        }

        return text.ToString();
    }

    private static void Render(List<Node> nodes, HelmScope scope, StringBuilder text)
    {
        foreach (var node in nodes)
        {
            switch (node)
            {
                case Literal literal:
                    text.Append(literal.Text);
                    break;
                case Output output:
                    text.Append(HelmFunctions.Print(output.Pipeline.Evaluate(scope), output.Pipeline.Text));
                    break;
                case Branch branch:
                    RenderBranch(branch, scope, text);
                    break;
            }
        }
    }

    private static void RenderBranch(Branch branch, HelmScope scope, StringBuilder text)
    {
        var value = branch.Condition.Evaluate(scope);
        if (branch.Kind == "range")
        {
            foreach (var (key, item) in HelmFunctions.Items(value, branch.Condition.Text))
            {
                var inner = scope.At(item);
                if (branch.KeyVariable is { } keyName)
                    inner = inner.With(keyName, key);
                if (branch.ValueVariable is { } valueName)
                    inner = inner.With(valueName, item);
                Render(branch.Then, inner, text);
            }
        }
        else if (HelmFunctions.IsTrue(value))
        {
            Render(branch.Then, branch.Kind == "with" ? scope.At(value) : scope, text);
        }
        else
        {
            Render(branch.Else, scope, text);
        }
    }

    // A block up to its {{ end }} or {{ else }}, which is handed back.
    private static List<Node> Block(Queue<Part> parts, out string? end)
    {
        var nodes = new List<Node>();
        while (parts.TryDequeue(out var part))
        {
            if (!part.IsAction)
            {
                nodes.Add(new Literal(part.Text));
                continue;
            }

            var word = part.Text.Split(' ', 2)[0];
            if (word is "end" or "else")
            {
                end = part.Text;
                return nodes;
            }

            nodes.Add(word is "if" or "with" or "range" ? ParseBranch(word, part.Text[word.Length..].Trim(), parts) : new Output(HelmPipeline.Parse(part.Text)));
        }

        end = null;
        return nodes;
    }

    private static Branch ParseBranch(string kind, string condition, Queue<Part> parts)
    {
        string? keyVariable = null, valueVariable = null;
        if (condition.StartsWith('$') && condition.Split(":=", 2) is [var names, var source])
        {
            if (kind != "range" || names.Split(',', StringSplitOptions.TrimEntries) is not [['$', .. var key], ['$', .. var item]])
                throw new HelmException($"'{kind} {condition}': variables are for 'range $key, $value := ...' only");

            (keyVariable, valueVariable, condition) = (key, item, source.Trim());
        }

        var then = Block(parts, out var end);
        List<Node> otherwise = [];
        if (end is not null && end.StartsWith("else", StringComparison.Ordinal))
        {
            var rest = end[4..].Trim();
            if (rest.StartsWith("if ", StringComparison.Ordinal))
            {
                // The chained branch takes the one 'end' that closes them all.
                return new(kind, HelmPipeline.Parse(condition), then, [ParseBranch("if", rest[3..].Trim(), parts)], keyVariable, valueVariable);
            }

            otherwise = rest.Length == 0 ? Block(parts, out end) : throw new HelmException($"'{end}' is not understood");
        }

        return end == "end"
            ? new(kind, HelmPipeline.Parse(condition), then, otherwise, keyVariable, valueVariable)
            : throw new HelmException($"'{kind} {condition}' has no end");
    }

    private static IEnumerable<Part> Split(string text)
    {
        var at = 0;
        var trimNext = false;
        while (true)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            var literal = open < 0 ? text[at..] : text[at..open];
            if (trimNext)
                literal = literal.TrimStart();
            var trimsBefore = open >= 0 && text.AsSpan(open).StartsWith("{{- ");
            if (trimsBefore)
                literal = literal.TrimEnd();
            if (literal.Length > 0)
                yield return new(false, literal);
            if (open < 0)
                yield break;

            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
                throw new HelmException($"'{text[open..Math.Min(text.Length, open + 30)]}' is not closed");

            trimNext = text.AsSpan(0, close).EndsWith(" -");
            var action = text[(open + (trimsBefore ? 3 : 2))..(trimNext ? close - 1 : close)].Trim();
            if (!action.StartsWith("/*", StringComparison.Ordinal))
                yield return new(true, action);
            at = close + 2;
        }
    }

    private readonly record struct Part(bool IsAction, string Text);

    private abstract record Node;

    private sealed record Literal(string Text) : Node;

    private sealed record Output(HelmPipeline Pipeline) : Node;

    private sealed record Branch(string Kind, HelmPipeline Condition, List<Node> Then, List<Node> Else, string? KeyVariable, string? ValueVariable) : Node;
}
