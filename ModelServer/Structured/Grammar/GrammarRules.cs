using System.Globalization;

namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>
/// The named rules of one grammar. Before it is written, what can never end is cut out of it (a schema that demands itself would keep the
/// model writing to its bound), and what llama.cpp would spend on reading it is counted: its check for left recursion visits a rule once
/// for every path that leads there, which a few nested alternatives make exponential.
/// </summary>
public sealed class GrammarRules
{
    private const int MaxNodes = 20_000;
    private const int MaxRepetitions = 20_000;
    private const double MaxVisits = 200_000;
    private const int MaxVisitDepth = 1_500;
    private const int MaxTextLength = 256 * 1024;

    private readonly Dictionary<string, GrammarNode> _rules = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private long _nodes;
    private long _repetitions;

    /// <summary>True once there is more than a grammar may hold; there is no use in going on.</summary>
    public bool IsTooLarge => _nodes > MaxNodes || _repetitions > MaxRepetitions;

    /// <summary>Room for a rule whose content comes later: rules may lead to themselves.</summary>
    public GrammarNode.Rule Reserve()
    {
        var name = "r" + _order.Count.ToString(CultureInfo.InvariantCulture);
        _order.Add(name);
        return new GrammarNode.Rule(name);
    }

    /// <summary>Gives a rule its content.</summary>
    public void Define(GrammarNode.Rule rule, GrammarNode content)
    {
        _rules[rule.Name] = content;
        _nodes += Measure.Nodes(content);
        _repetitions += Measure.Repetitions(content);
    }

    /// <summary>A rule with this content.</summary>
    public GrammarNode.Rule Add(GrammarNode content)
    {
        var rule = Reserve();
        Define(rule, content);
        return rule;
    }

    /// <summary>The grammar whose texts are those of <paramref name="root"/>, or why there is none.</summary>
    public (string? Gbnf, string? Problem) Write(GrammarNode root)
    {
        if (IsTooLarge)
        {
            return (null, "asks for too much: too many parts, or repetitions that are too long");
        }

        var finite = Finite();
        if (Prune(root, finite) is var pruned && pruned == GrammarNode.Never)
        {
            return (null, "can't be met by any document that ends");
        }

        var used = finite.ToDictionary(name => name, name => Prune(_rules[name], finite), StringComparer.Ordinal);
        if (new Measure(used, MaxVisitDepth).Visits(pruned, MaxVisits) is { } problem)
        {
            return (null, problem);
        }

        var text = new GbnfWriter(used).Write(pruned);
        return text.Length > MaxTextLength ? (null, "asks for too much: its grammar is too long") : (text, null);
    }

    /// <summary>Names of the rules that some finite text matches.</summary>
    private HashSet<string> Finite()
    {
        var finite = new HashSet<string>(StringComparer.Ordinal);
        // From the end: a rule mostly stands before those that it needs.
        var waiting = _order.Where(_rules.ContainsKey).Reverse().ToList();
        while (waiting.RemoveAll(name => Ends(_rules[name], finite) && finite.Add(name)) > 0)
        {
        }

        return finite;
    }

    private static bool Ends(GrammarNode node, HashSet<string> finite) => node switch
    {
        GrammarNode.Sequence sequence => sequence.Items.All(item => Ends(item, finite)),
        GrammarNode.Choice choice => choice.Items.Any(item => Ends(item, finite)),
        GrammarNode.Repeat repeat => repeat.Min == 0 || Ends(repeat.Item, finite),
        GrammarNode.Rule rule => finite.Contains(rule.Name),
        _ => true,
    };

    private static GrammarNode Prune(GrammarNode node, HashSet<string> finite) => node switch
    {
        _ when !Ends(node, finite) => GrammarNode.Never,
        GrammarNode.Sequence sequence => GrammarNode.Then(sequence.Items.Select(item => Prune(item, finite))),
        GrammarNode.Choice choice => GrammarNode.Either(choice.Items.Where(item => Ends(item, finite)).Select(item => Prune(item, finite))),
        GrammarNode.Repeat repeat => GrammarNode.Times(Prune(repeat.Item, finite), repeat.Min, repeat.Max),
        _ => node,
    };
}
