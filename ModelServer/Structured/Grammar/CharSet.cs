namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>A set of Unicode code points, as sorted ranges that neither overlap nor touch.</summary>
public sealed class CharSet
{
    private const int Last = 0x10FFFF;

    private CharSet(List<(int From, int To)> ranges) => Ranges = ranges;

    /// <summary>Every code point but 0, which llama.cpp's matcher takes for the end of a text, and surrogates, which are no text.</summary>
    public static CharSet All { get; } = Of((1, 0xD7FF), (0xE000, Last));

    /// <summary>Inclusive ranges, ascending.</summary>
    public IReadOnlyList<(int From, int To)> Ranges { get; }

    public bool IsEmpty => Ranges.Count == 0;

    /// <summary>The union of inclusive ranges, in any order.</summary>
    public static CharSet Of(params IEnumerable<(int From, int To)> ranges)
    {
        var merged = new List<(int From, int To)>();
        foreach (var (from, to) in ranges.Where(range => range.From <= range.To).Order())
        {
            if (merged.Count > 0 && from <= merged[^1].To + 1)
            {
                merged[^1] = (merged[^1].From, Math.Max(to, merged[^1].To));
            }
            else
            {
                merged.Add((from, to));
            }
        }

        return new CharSet(merged);
    }

    /// <summary>These characters.</summary>
    public static CharSet Of(string characters) => Of(characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value)));

    public CharSet Union(CharSet other) => Of(Ranges.Concat(other.Ranges));

    public CharSet Except(CharSet other)
    {
        var rest = new List<(int From, int To)>();
        foreach (var (from, to) in Ranges)
        {
            var at = from;
            foreach (var cut in other.Ranges.Where(range => range.To >= from && range.From <= to))
            {
                rest.Add((at, cut.From - 1));
                at = cut.To + 1;
            }

            rest.Add((at, to));
        }

        return Of(rest);
    }

    public CharSet Intersect(CharSet other) => Except(Except(other));

    public bool Contains(int character) => Ranges.Any(range => range.From <= character && character <= range.To);
}
