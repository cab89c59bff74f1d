using System.Globalization;

namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>Numbers within bounds, digit by digit. A bound that is excluded is not come closer to than a double can tell, for most readers make one of the text.</summary>
public static class NumberText
{
    /// <summary>Largest bound that can be written.</summary>
    public const long Largest = 999_999_999_999_999;

    private const int MaxFractionDigits = 12;
    private const int MaxDigits = 15;

    private static readonly GrammarNode s_digit = new GrammarNode.Characters(CharSet.Of(('0', '9')));
    private static readonly GrammarNode s_nonZero = new GrammarNode.Characters(CharSet.Of(('1', '9')));
    private static readonly GrammarNode s_fraction = GrammarNode.Then(GrammarNode.Text("."), GrammarNode.Times(s_digit, 1, MaxFractionDigits));
    private static readonly GrammarNode s_exponent = GrammarNode.Then(
        new GrammarNode.Characters(CharSet.Of("eE")),
        GrammarNode.Optional(new GrammarNode.Characters(CharSet.Of("+-"))),
        GrammarNode.Times(s_digit, 1, 2));

    /// <summary>Whole numbers of the range, both ends included; null where there is none.</summary>
    public static GrammarNode? Whole(long? min, long? max)
    {
        var (from, to) = (min ?? -Largest, max ?? Largest);
        var parts = new List<GrammarNode>();
        if (from < 0)
        {
            Add(parts, "-", Math.Max(1, -Math.Min(to, -1)), -from);
        }

        Add(parts, string.Empty, Math.Max(0, from), to);
        return parts.Count == 0 ? null : GrammarNode.Either(parts);
    }

    /// <summary>Whether a number is one that decimals can be bounded by: its fraction leaves room for a digit more.</summary>
    public static bool IsBound(decimal value) => decimal.IsInteger(value)
        || decimal.Truncate(Math.Abs(value)).ToString(CultureInfo.InvariantCulture).Length + Fraction(value).Length < MaxDigits;

    /// <summary>Decimals of the range; null where there is none. Only an unbounded one may have an exponent.</summary>
    public static GrammarNode? Real(decimal? min, bool minExcluded, decimal? max, bool maxExcluded)
    {
        if (min is null && max is null)
        {
            var magnitude = GrammarNode.Either(GrammarNode.Text("0"), GrammarNode.Then(s_nonZero, GrammarNode.Times(s_digit, 0, 14)));
            return GrammarNode.Then(
                GrammarNode.Optional(GrammarNode.Text("-")), magnitude, GrammarNode.Optional(s_fraction), GrammarNode.Optional(s_exponent));
        }

        var (from, to) = (min ?? -Largest, max ?? Largest);
        var parts = new List<GrammarNode>();
        AddReal(parts, string.Empty, Math.Max(0, from), from >= 0 && minExcluded, to, maxExcluded);
        AddReal(parts, "-", Math.Max(0, -to), to >= 0 || maxExcluded, -from, minExcluded);
        return parts.Count == 0 ? null : GrammarNode.Either(parts);
    }

    /// <summary>Magnitudes from <paramref name="from"/> to <paramref name="to"/> behind a sign. Minus zero is left out.</summary>
    private static void AddReal(List<GrammarNode> parts, string sign, decimal from, bool fromExcluded, decimal to, bool toExcluded)
    {
        if (to < from || (to == from && (fromExcluded || toExcluded)))
        {
            return;
        }

        var ((first, low), (last, high)) = (((long)from, Fraction(from)), ((long)to, Fraction(to)));
        var close = Math.Min(fromExcluded ? MaxDigits - Digits(first).Length : MaxDigits, toExcluded ? MaxDigits - Digits(last).Length : MaxDigits);
        var fraction = new FractionText(Math.Max(Math.Min(close, MaxFractionDigits), 1 + Math.Max(low.Length, high.Length)));
        if (first == last)
        {
            parts.Add(GrammarNode.Then(GrammarNode.Text(sign + Digits(first)), from == to ? fraction.Exactly(low) : fraction.Between(low, fromExcluded, high, toExcluded)));
            return;
        }

        var whole = new List<GrammarNode>();
        Add(whole, sign, first + 1, last - 1);
        parts.Add(GrammarNode.Then(GrammarNode.Text(sign + Digits(first)), fraction.AtLeast(low, fromExcluded)));
        parts.AddRange(whole.Select(item => GrammarNode.Then(item, fraction.Any)));
        parts.Add(GrammarNode.Then(GrammarNode.Text(sign + Digits(last)), fraction.AtMost(high, toExcluded)));
    }

    /// <summary>The digits behind the point, without zeros at their end.</summary>
    private static string Fraction(decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        return text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var point ? text[(point + 1)..].TrimEnd('0') : string.Empty;
    }

    private static void Add(List<GrammarNode> parts, string sign, long from, long to)
    {
        if (from > to)
        {
            return;
        }

        // Lengths of which every number is in the range share one part.
        var ranges = new List<GrammarNode>();
        var (firstWhole, lastWhole) = (0, 0);
        for (var length = Digits(from).Length; length <= Digits(to).Length; length++)
        {
            var (least, most) = (length == 1 ? 0 : (long)Math.Pow(10, length - 1), (long)Math.Pow(10, length) - 1);
            if (length > 1 && from <= least && most <= to)
            {
                (firstWhole, lastWhole) = (firstWhole == 0 ? length : firstWhole, length);
            }
            else
            {
                ranges.Add(SameLength(Digits(Math.Max(from, least)), Digits(Math.Min(to, most))));
            }
        }

        if (firstWhole > 0)
        {
            ranges.Add(GrammarNode.Then(s_nonZero, GrammarNode.Times(s_digit, firstWhole - 1, lastWhole - 1)));
        }

        parts.Add(GrammarNode.Then(GrammarNode.Text(sign), GrammarNode.Either(ranges)));
    }

    /// <summary>Digit strings between two of equal length.</summary>
    private static GrammarNode SameLength(string low, string high)
    {
        if (low.Length == 0)
        {
            return GrammarNode.Empty;
        }

        if (low.All(c => c == '0') && high.All(c => c == '9'))
        {
            return GrammarNode.Times(s_digit, low.Length, low.Length);
        }

        if (low[0] == high[0])
        {
            return GrammarNode.Then(GrammarNode.Text(low[..1]), SameLength(low[1..], high[1..]));
        }

        var rest = low.Length - 1;
        List<GrammarNode> parts = [];
        var (first, last) = (low[0], high[0]);
        if (low[1..].Any(c => c != '0'))
        {
            parts.Add(GrammarNode.Then(GrammarNode.Text(low[..1]), SameLength(low[1..], new string('9', rest))));
            first++;
        }

        var topIsWhole = high[1..].All(c => c == '9');
        if (!topIsWhole)
        {
            last--;
        }

        if (first <= last)
        {
            parts.Add(GrammarNode.Then(
                new GrammarNode.Characters(CharSet.Of((first, last))), rest == 0 ? GrammarNode.Empty : GrammarNode.Times(s_digit, rest, rest)));
        }

        if (!topIsWhole)
        {
            parts.Add(GrammarNode.Then(GrammarNode.Text(high[..1]), SameLength(new string('0', rest), high[1..])));
        }

        return GrammarNode.Either(parts);
    }

    private static string Digits(long value) => value.ToString(CultureInfo.InvariantCulture);
}
