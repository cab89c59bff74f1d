namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>A piece of a grammar, before it is written as GBNF.</summary>
public abstract record GrammarNode
{
    private GrammarNode()
    {
    }

    /// <summary>Matches nothing at all: a choice without alternatives.</summary>
    public static GrammarNode Never { get; } = new Choice([]);

    /// <summary>Matches the empty text.</summary>
    public static GrammarNode Empty { get; } = new Sequence([]);

    /// <summary>This very text.</summary>
    public static GrammarNode Text(string text) => text.Length == 0 ? Empty : new Literal(text);

    /// <summary>One after the other.</summary>
    public static GrammarNode Then(params IEnumerable<GrammarNode> items)
    {
        List<GrammarNode> flat = [.. items.SelectMany(item => item is Sequence inner ? inner.Items : [item])];
        return flat.Contains(Never) ? Never : flat.Count switch { 0 => Empty, 1 => flat[0], _ => new Sequence(flat) };
    }

    /// <summary>One of these.</summary>
    public static GrammarNode Either(params IEnumerable<GrammarNode> items)
    {
        List<GrammarNode> flat = [.. items.SelectMany(item => item is Choice inner ? inner.Items : [item]).Distinct()];
        return flat.Count switch { 0 => Never, 1 => flat[0], _ => new Choice(flat) };
    }

    /// <summary>There or not.</summary>
    public static GrammarNode Optional(GrammarNode item) => Times(item, 0, 1);

    /// <summary><paramref name="min"/> to <paramref name="max"/> times; null is without end.</summary>
    public static GrammarNode Times(GrammarNode item, int min, int? max) => (min, max) switch
    {
        (_, 0) => Empty,
        (1, 1) => item,
        _ when item == Never => min == 0 ? Empty : Never,
        _ when item == Empty => Empty,
        _ => new Repeat(item, min, max),
    };

    public sealed record Literal(string Value) : GrammarNode;

    public sealed record Characters(CharSet Set) : GrammarNode;

    public sealed record Sequence(IReadOnlyList<GrammarNode> Items) : GrammarNode;

    public sealed record Choice(IReadOnlyList<GrammarNode> Items) : GrammarNode;

    public sealed record Repeat(GrammarNode Item, int Min, int? Max) : GrammarNode;

    public sealed record Rule(string Name) : GrammarNode;
}
