using System.Globalization;
using System.Text;

namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>Writes rules in llama.cpp's GBNF.</summary>
internal sealed class GbnfWriter(IReadOnlyDictionary<string, GrammarNode> rules)
{
    private readonly StringBuilder _text = new();
    private readonly Dictionary<GrammarNode, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<(string Name, GrammarNode Node)> _waiting = new();
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <summary>The whole grammar; its first rule is <c>root</c>.</summary>
    public string Write(GrammarNode root)
    {
        _waiting.Enqueue(("root", root));
        while (_waiting.TryDequeue(out var rule))
        {
            _text.Append(rule.Name).Append(" ::= ");
            WriteChoice(rule.Node);
            _text.Append('\n');
        }

        return _text.ToString();
    }

    private void WriteChoice(GrammarNode node)
    {
        foreach (var (index, item) in (node is GrammarNode.Choice choice ? choice.Items : [node]).Index())
        {
            _text.Append(index > 0 ? " | " : string.Empty);
            WriteSequence(item);
        }
    }

    private void WriteSequence(GrammarNode node)
    {
        IReadOnlyList<GrammarNode> items = node is GrammarNode.Sequence sequence ? sequence.Items : [node];
        if (items.Count == 0)
        {
            _text.Append("\"\"");
        }

        foreach (var (index, item) in items.Index())
        {
            _text.Append(index > 0 ? " " : string.Empty);
            WriteItem(item);
        }
    }

    private void WriteItem(GrammarNode node)
    {
        switch (node)
        {
            case GrammarNode.Literal literal:
                _text.Append('"');
                Escape(literal.Value);
                _text.Append('"');
                break;
            case GrammarNode.Characters characters:
                _text.Append('[');
                foreach (var (from, to) in characters.Set.Ranges)
                {
                    Escape(new Rune(from).ToString());
                    if (to > from)
                    {
                        _text.Append('-');
                        Escape(new Rune(to).ToString());
                    }
                }

                _text.Append(']');
                break;
            case GrammarNode.Rule rule:
                _text.Append(rule.Name);
                if (_written.Add(rule.Name))
                {
                    _waiting.Enqueue((rule.Name, rules[rule.Name]));
                }

                break;
            case GrammarNode.Repeat repeat:
                WriteAtom(repeat.Item);
                _text.Append((repeat.Min, repeat.Max) switch
                {
                    (0, null) => "*",
                    (1, null) => "+",
                    (0, 1) => "?",
                    (var min, null) => string.Create(CultureInfo.InvariantCulture, $"{{{min},}}"),
                    var (min, max) => string.Create(CultureInfo.InvariantCulture, $"{{{min},{max}}}"),
                });
                break;
            default:
                _text.Append('(');
                WriteChoice(node);
                _text.Append(')');
                break;
        }
    }

    // llama.cpp multiplies the rules inside a repeated group with the repetitions and refuses what comes to 2,000: a named rule counts as one.
    private void WriteAtom(GrammarNode node)
    {
        if (node is GrammarNode.Rule or GrammarNode.Characters or GrammarNode.Literal)
        {
            WriteItem(node);
            return;
        }

        if (!_names.TryGetValue(node, out var name))
        {
            name = "x" + _names.Count.ToString(CultureInfo.InvariantCulture);
            _names.Add(node, name);
            _waiting.Enqueue((name, node));
        }

        _text.Append(name);
    }

    private void Escape(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is >= ' ' and < 0x7F and not ('"' or '\\' or '[' or ']' or '^' or '-'))
            {
                _text.Append((char)rune.Value);
            }
            else
            {
                _text.Append(rune.Value <= 0xFFFF ? "\\u" : "\\U").Append(rune.Value.ToString(rune.Value <= 0xFFFF ? "X4" : "X8", CultureInfo.InvariantCulture));
            }
        }
    }
}
