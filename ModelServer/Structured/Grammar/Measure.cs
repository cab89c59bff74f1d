namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>What llama.cpp will spend on reading a grammar, counted before it does.</summary>
internal sealed class Measure(IReadOnlyDictionary<string, GrammarNode> rules, int maxDepth)
{
    private readonly Dictionary<string, (double Visits, bool Empty)> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _underway = new(StringComparer.Ordinal);
    private bool _leftRecursive;
    private bool _tooDeep;

    /// <summary>Null, or why it would cost too much to look for left recursion.</summary>
    public string? Visits(GrammarNode root, double maxVisits)
    {
        // llama.cpp starts anew at every rule that it hasn't been to, so the sum is a bound.
        var costs = rules.Keys.Select(name => Cost(new GrammarNode.Rule(name))).Append(Cost(root)).ToList();
        return _leftRecursive ? "leads to itself without a character in between"
            : _tooDeep || costs.Sum(cost => cost.Visits) > maxVisits ? "asks for too much: its alternatives multiply"
            : null;
    }

    public static long Nodes(GrammarNode node) => 1 + node switch
    {
        GrammarNode.Sequence sequence => sequence.Items.Sum(Nodes),
        GrammarNode.Choice choice => choice.Items.Sum(Nodes),
        GrammarNode.Repeat repeat => Nodes(repeat.Item),
        GrammarNode.Characters characters => characters.Set.Ranges.Count / 8,
        GrammarNode.Literal literal => literal.Value.Length / 8,
        _ => 0,
    };

    public static long Repetitions(GrammarNode node) => node switch
    {
        GrammarNode.Sequence sequence => sequence.Items.Sum(Repetitions),
        GrammarNode.Choice choice => choice.Items.Sum(Repetitions),
        GrammarNode.Repeat repeat => Math.Max(repeat.Min, repeat.Max ?? 1) + Repetitions(repeat.Item),
        _ => 0,
    };

    private (double Visits, bool Empty) Cost(GrammarNode node)
    {
        switch (node)
        {
            case GrammarNode.Sequence sequence:
                var visits = 1d;
                foreach (var cost in sequence.Items.Select(Cost))
                {
                    visits += cost.Visits;
                    if (!cost.Empty)
                    {
                        return (visits, false);
                    }
                }

                return (visits, true);
            case GrammarNode.Choice choice:
                var costs = choice.Items.Select(Cost).ToList();
                return (1 + costs.Sum(cost => cost.Visits), costs.Any(cost => cost.Empty));
            case GrammarNode.Repeat repeat:
                // Each repetition that may be absent is a rule of its own that begins with the item.
                var item = Cost(repeat.Item);
                // An item that may be empty would have to be told from itself without a character in between.
                _leftRecursive |= item.Empty && repeat.Max != 1;
                return (item.Visits * Math.Max(1, (repeat.Max ?? repeat.Min + 1) - repeat.Min), repeat.Min == 0);
            case GrammarNode.Rule rule:
                return Cost(rule);
            default:
                return (1, node is GrammarNode.Literal { Value.Length: 0 });
        }
    }

    private (double Visits, bool Empty) Cost(GrammarNode.Rule rule)
    {
        if (_known.TryGetValue(rule.Name, out var known))
        {
            return known;
        }

        if (_underway.Contains(rule.Name) || _underway.Count >= maxDepth)
        {
            (_leftRecursive, _tooDeep) = (_leftRecursive || _underway.Contains(rule.Name), true);
            return (0, true);
        }

        _underway.Add(rule.Name);

        var cost = Cost(rules[rule.Name]);
        _underway.Remove(rule.Name);
        return _known[rule.Name] = (cost.Visits + 1, cost.Empty);
    }
}
