namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>
/// What stands behind the whole part of a number, the point included, within bounds that are digits themselves ("25" for .25). Bounds have
/// no zeros at their end; so whatever is left of one is more than nothing.
/// </summary>
/// <param name="digits">Most digits that are written, more than any bound has.</param>
internal sealed class FractionText(int digits)
{
    private const int MaxZeros = 3;

    private static readonly GrammarNode s_digit = new GrammarNode.Characters(CharSet.Of(('0', '9')));
    private static readonly GrammarNode s_nonZero = new GrammarNode.Characters(CharSet.Of(('1', '9')));

    /// <summary>Any or none.</summary>
    public GrammarNode Any => GrammarNode.Optional(Point(GrammarNode.Times(s_digit, 1, digits)));

    /// <summary>A bound itself.</summary>
    public GrammarNode Exactly(string bound) => bound.Length > 0 ? Point(GrammarNode.Text(bound)) : AtMost(bound, excluded: false);

    /// <summary>At least, or more than, a bound.</summary>
    public GrammarNode AtLeast(string bound, bool excluded) => MayEnd(bound, excluded) ? GrammarNode.Optional(Point(More(bound, excluded, digits))) : Point(More(bound, excluded, digits));

    /// <summary>At most, or less than, a bound.</summary>
    public GrammarNode AtMost(string bound, bool excluded) =>
        bound.Length == 0 && excluded ? GrammarNode.Never : GrammarNode.Optional(Point(Less(bound, excluded, digits)));

    /// <summary>Between two bounds that differ.</summary>
    public GrammarNode Between(string from, bool fromExcluded, string to, bool toExcluded)
    {
        var content = Point(Within(from, fromExcluded, to, toExcluded, digits));
        return MayEnd(from, fromExcluded) ? GrammarNode.Optional(content) : content;
    }

    private static GrammarNode Point(GrammarNode content) => GrammarNode.Then(GrammarNode.Text("."), content);

    /// <summary>Whether a text that has followed a lower bound up to here may end.</summary>
    private static bool MayEnd(string rest, bool excluded) => rest.Length == 0 && !excluded;

    private static GrammarNode Digit(char from, char to) => from > to ? GrammarNode.Never : new GrammarNode.Characters(CharSet.Of((from, to)));

    private static GrammarNode Rest(int left) => GrammarNode.Times(s_digit, 0, left);

    // Each of these writes at least one digit.
    private static GrammarNode More(string bound, bool excluded, int left) => bound.Length == 0
        ? excluded ? GrammarNode.Then(Rest(left - 1), s_nonZero) : GrammarNode.Times(s_digit, 1, left)
        : GrammarNode.Either(
            GrammarNode.Then(Digit((char)(bound[0] + 1), '9'), Rest(left - 1)),
            GrammarNode.Then(GrammarNode.Text(bound[..1]), AfterLow(bound[1..], excluded, left - 1)));

    private static GrammarNode AfterLow(string rest, bool excluded, int left) =>
        MayEnd(rest, excluded) ? GrammarNode.Optional(More(rest, excluded, left)) : More(rest, excluded, left);

    private static GrammarNode Less(string bound, bool excluded, int left) => bound.Length == 0
        ? excluded ? GrammarNode.Never : GrammarNode.Times(GrammarNode.Text("0"), 1, Math.Min(left, MaxZeros))
        : GrammarNode.Either(
            GrammarNode.Then(Digit('0', (char)(bound[0] - 1)), Rest(left - 1)),
            GrammarNode.Then(GrammarNode.Text(bound[..1]), AfterHigh(bound[1..], excluded, left - 1)));

    private static GrammarNode AfterHigh(string rest, bool excluded, int left) =>
        rest.Length == 0 && excluded ? GrammarNode.Never : GrammarNode.Optional(Less(rest, excluded, left));

    private static GrammarNode Within(string from, bool fromExcluded, string to, bool toExcluded, int left)
    {
        var (low, rest) = from.Length == 0 ? ('0', string.Empty) : (from[0], from[1..]);
        if (low == to[0])
        {
            var content = Within(rest, fromExcluded, to[1..], toExcluded, left - 1);
            return GrammarNode.Then(GrammarNode.Text(to[..1]), MayEnd(rest, fromExcluded) ? GrammarNode.Optional(content) : content);
        }

        return GrammarNode.Either(
            GrammarNode.Then(GrammarNode.Text(low.ToString()), AfterLow(rest, fromExcluded, left - 1)),
            GrammarNode.Then(Digit((char)(low + 1), (char)(to[0] - 1)), Rest(left - 1)),
            GrammarNode.Then(GrammarNode.Text(to[..1]), AfterHigh(to[1..], toExcluded, left - 1)));
    }
}
