using System.Text.Json;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>
/// Schemas that must all hold for one value: what <c>allOf</c>, <c>$ref</c> beside other keywords, and a chosen branch of <c>anyOf</c> come
/// to. Refs are followed. There are only so many sets of schemas in a document, so each gets one rule, however deep documents may be.
/// </summary>
internal sealed class Conjunction
{
    private const int MaxChain = 64;
    private const int MaxParts = 200;

    private readonly SchemaDocument _document;
    private readonly SortedDictionary<string, JsonElement> _parts = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _chosen = new(StringComparer.Ordinal);

    public Conjunction(SchemaDocument document, params IEnumerable<string> pointers)
    {
        _document = document;
        foreach (var pointer in pointers)
        {
            Add(pointer, []);
        }
    }

    private Conjunction(Conjunction other, string choice, string branch)
    {
        _document = other._document;
        _parts = new(other._parts, StringComparer.Ordinal);
        _chosen = new(other._chosen, StringComparer.Ordinal) { choice };
        IsNever = other.IsNever;
        Add(branch, []);
    }

    /// <summary>True where one of them is <c>false</c>.</summary>
    public bool IsNever { get; private set; }

    /// <summary>Equal for conjunctions of the same schemas.</summary>
    public string Key => $"{_parts.Count}\n" + string.Join('\n', _parts.Keys) + "\n!" + string.Join('\n', _chosen);

    /// <summary>The schemas, each with its place.</summary>
    public IEnumerable<(string Pointer, JsonElement Schema)> Parts => _parts.Select(part => (part.Key, part.Value));

    /// <summary>Values of a keyword wherever it is there.</summary>
    public IEnumerable<(string Pointer, JsonElement Value)> All(string keyword)
    {
        foreach (var (pointer, schema) in _parts)
        {
            if (schema.TryGetProperty(keyword, out var value))
            {
                yield return (JsonPointer.Below(pointer, keyword), value);
            }
        }
    }

    /// <summary>A keyword of this name that offers branches of which none was chosen yet.</summary>
    public (string Pointer, JsonElement Branches)? Choice(string keyword) =>
        All(keyword).Where(choice => !_chosen.Contains(choice.Pointer)).Select(choice => ((string, JsonElement)?)choice).FirstOrDefault();

    /// <summary>These schemas and one branch more.</summary>
    public Conjunction Choose(string choice, int branch) => new(this, choice, $"{choice}/{branch}");

    /// <summary>Types that all of them allow; null where none of them says.</summary>
    public IReadOnlyList<string>? Types()
    {
        IReadOnlyList<string>? types = null;
        foreach (var (_, value) in All("type"))
        {
            List<string> allowed = value.ValueKind == JsonValueKind.String ? [value.GetString()!] : [.. value.EnumerateArray().Select(item => item.GetString()!)];
            if (allowed.Contains("number"))
            {
                allowed.Add("integer");
            }

            types = types is null ? allowed : [.. types.Where(allowed.Contains)];
        }

        return types is not null && types.Contains("number") ? [.. types.Where(type => type != "integer").Distinct()] : types?.Distinct().ToList();
    }

    /// <summary>Every value that is allowed, where they are listed; null where they aren't.</summary>
    public IReadOnlyList<JsonElement>? Values()
    {
        var listed = All("const").Select(item => (IEnumerable<JsonElement>)[item.Value]).Concat(All("enum").Select(item => item.Value.EnumerateArray().AsEnumerable())).FirstOrDefault();
        return listed?.Where(value => _parts.Values.All(part => _document.Validator.IsValid(part, value))).ToList();
    }

    private void Add(string pointer, HashSet<string> path)
    {
        var schema = _document[pointer];
        IsNever |= schema.ValueKind == JsonValueKind.False;
        if (schema.ValueKind != JsonValueKind.Object || _document.Refusal is not null)
        {
            return;
        }

        if (path.Count > MaxChain || _parts.Count > MaxParts || path.Contains(pointer) || _chosen.Any(choice => choice[..choice.LastIndexOf('/')] == pointer))
        {
            _document.Unsupported(pointer, "leads to itself, or through too many others, before it says anything");
            return;
        }

        if (!_parts.TryAdd(pointer, schema))
        {
            return;
        }

        path.Add(pointer);
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Add(_document.Follow(reference), path);
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            for (var index = 0; index < all.GetArrayLength(); index++)
            {
                Add(JsonPointer.Below(pointer, "allOf", index), path);
            }
        }

        path.Remove(pointer);
    }
}
