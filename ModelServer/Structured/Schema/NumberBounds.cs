using Zakenak.ModelServer.Structured.Grammar;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>The narrowest bounds that all schemas set.</summary>
internal static class NumberBounds
{
    public static GrammarNode Build(SchemaDocument document, Conjunction schemas, bool whole)
    {
        (decimal Value, bool Excluded)? min = null;
        (decimal Value, bool Excluded)? max = null;
        foreach (var (keyword, excluded) in ((string, bool)[])[("minimum", false), ("exclusiveMinimum", true), ("maximum", false), ("exclusiveMaximum", true)])
        {
            foreach (var (pointer, given) in schemas.All(keyword))
            {
                var value = given.GetDecimal();
                var isMin = keyword.EndsWith("inimum", StringComparison.Ordinal);
                if (isMin ? value > NumberText.Largest : value < -NumberText.Largest)
                {
                    document.Unsupported(pointer, $"is beyond what can be written: {NumberText.Largest}");
                }
                else if (!whole && !NumberText.IsBound(value))
                {
                    document.Unsupported(pointer, "has more digits than are supported");
                }
                else if (isMin && value >= -NumberText.Largest && (min is null || value > min.Value.Value || (value == min.Value.Value && excluded)))
                {
                    min = (value, excluded);
                }
                else if (!isMin && value <= NumberText.Largest && (max is null || value < max.Value.Value || (value == max.Value.Value && excluded)))
                {
                    max = (value, excluded);
                }
            }
        }

        if (document.Refusal is not null)
        {
            return GrammarNode.Never;
        }

        var grammar = whole
            ? NumberText.Whole(Inner(min, decimal.Ceiling, 1), Inner(max, decimal.Floor, -1))
            : NumberText.Real(min?.Value, min?.Excluded ?? false, max?.Value, max?.Excluded ?? false);
        return grammar ?? GrammarNode.Never;
    }

    private static long? Inner((decimal Value, bool Excluded)? bound, Func<decimal, decimal> round, int inward) => bound is not { } given ? null
        : given.Excluded && decimal.IsInteger(given.Value) ? (long)given.Value + inward
        : (long)round(given.Value);
}
