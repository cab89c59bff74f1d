using System.Text.Json;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>
/// A grammar can offer branches but can't forbid that a text meets two of them. So <c>oneOf</c> is allowed where that can't happen: the
/// branches differ in type, list their values, or are objects that require a property whose listed values differ.
/// </summary>
internal static class OneOfBranches
{
    private const int MaxBranches = 64;

    public static bool AreDisjoint(SchemaDocument document, string pointer, int count)
    {
        if (count > MaxBranches)
        {
            return false;
        }

        var branches = Enumerable.Range(0, count).Select(index => new Conjunction(document, $"{pointer}/{index}")).ToList();
        return branches.Index().All(a => branches.Skip(a.Index + 1).All(b => AreDisjoint(document, a.Item, b)));
    }

    private static bool AreDisjoint(SchemaDocument document, Conjunction a, Conjunction b)
    {
        if (a.IsNever || b.IsNever)
        {
            return true;
        }

        if (a.Values() is { } ofA)
        {
            return !ofA.Any(value => Allows(document, b, value));
        }

        if (b.Values() is { } ofB)
        {
            return !ofB.Any(value => Allows(document, a, value));
        }

        if (a.Types() is not { } typesOfA || b.Types() is not { } typesOfB)
        {
            return false;
        }

        var common = typesOfA.Where(type => typesOfB.Contains(type) || (type is "integer" or "number" && typesOfB.Any(other => other is "integer" or "number"))).ToList();
        return common.Count == 0 || (common is ["object"] && Required(a).Intersect(Required(b)).Any(name => Differ(document, a, b, name)));
    }

    private static IEnumerable<string> Required(Conjunction schemas) =>
        schemas.All("required").SelectMany(list => list.Value.EnumerateArray()).Select(name => name.GetString()!);

    private static bool Differ(SchemaDocument document, Conjunction a, Conjunction b, string name) =>
        Property(document, a, name).Values() is { } ofA && Property(document, b, name) is var other && other.Values() is not null
        && !ofA.Any(value => Allows(document, other, value));

    private static Conjunction Property(SchemaDocument document, Conjunction schemas, string name) => new(
        document, schemas.All("properties").Where(list => list.Value.TryGetProperty(name, out _)).Select(list => JsonPointer.Below(list.Pointer, name)));

    private static bool Allows(SchemaDocument document, Conjunction schemas, JsonElement value) =>
        schemas.Parts.All(part => document.Validator.IsValid(part.Schema, value));
}
