using System.Text;
using Zakenak.ModelServer.Structured.Grammar;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>
/// Names of properties that are none of the declared ones: a declared property must not come back as "another" with any value. Every
/// character has one spelling, so that no name has two.
/// </summary>
internal static class OtherNames
{
    private const int MaxLength = 128;

    /// <summary>The content of such a name.</summary>
    public static GrammarNode Build(GrammarRules rules, IReadOnlyCollection<string> taken)
    {
        var anything = rules.Add(GrammarNode.Times(new GrammarNode.Characters(JsonText.Plain), 0, null));
        return Level(rules, anything, [.. taken.Select(name => name.EnumerateRunes().ToArray())], 0);
    }

    private static GrammarNode Level(GrammarRules rules, GrammarNode anything, List<Rune[]> taken, int depth)
    {
        var children = taken.Where(name => name.Length > depth).GroupBy(name => name[depth]).ToList();
        if (depth >= MaxLength)
        {
            return GrammarNode.Never;
        }

        var parts = children.Select(child => GrammarNode.Then(
            JsonText.CharacterOf(CharSet.Of(child.Key.ToString())),
            rules.Add(Level(rules, anything, [.. child], depth + 1)))).ToList();
        var free = JsonText.Plain.Except(CharSet.Of(children.Select(child => (child.Key.Value, child.Key.Value))));
        parts.Add(GrammarNode.Then(new GrammarNode.Characters(free), anything));
        if (depth > 0 && taken.All(name => name.Length > depth))
        {
            parts.Add(GrammarNode.Empty);
        }

        return GrammarNode.Either(parts);
    }
}
