using Zakenak.ModelServer.Structured.Grammar;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>An array: items by place, then items of one kind, within bounds.</summary>
internal sealed class ArrayText(SchemaDocument document, SchemaCompiler compiler, JsonText json, Conjunction schemas)
{
    public GrammarNode Build()
    {
        var min = schemas.All("minItems").Select(item => (int)item.Value.GetDouble()).DefaultIfEmpty(0).Max();
        var max = schemas.All("maxItems").Select(item => (int?)item.Value.GetDouble()).DefaultIfEmpty(null).Min();
        var prefix = schemas.All("prefixItems").Select(list => list.Value.GetArrayLength()).DefaultIfEmpty(0).Max();
        if (max < min)
        {
            return GrammarNode.Never;
        }

        // Without 'items' a schema that says what comes first gets nothing after it, unless it demands more.
        var rest = prefix > 0 && min <= prefix && !schemas.All("items").Any() ? GrammarNode.Never : Item(prefix);
        var places = Math.Min(prefix, max ?? prefix);
        var content = max <= prefix ? GrammarNode.Empty : rest == GrammarNode.Never ? (min > prefix ? GrammarNode.Never : GrammarNode.Empty)
            : prefix == 0 ? json.Several(rest, min, max)
            : GrammarNode.Times(GrammarNode.Then(json.Comma, rest), Math.Max(0, min - prefix), max - prefix);
        for (var place = places - 1; place >= 0; place--)
        {
            var item = Item(place);
            content = GrammarNode.Then(place == 0 ? GrammarNode.Empty : json.Comma, item, content);
            if (place >= min)
            {
                content = content == GrammarNode.Never ? GrammarNode.Empty : GrammarNode.Optional(content);
            }
        }

        return json.Braced("[", "]", content);
    }

    /// <summary>The rule of the item at a place: what each schema says of that place, or else of the rest.</summary>
    private GrammarNode Item(int place)
    {
        var pointers = new List<string>();
        foreach (var (pointer, schema) in schemas.Parts)
        {
            if (schema.TryGetProperty("prefixItems", out var prefix) && place < prefix.GetArrayLength())
            {
                pointers.Add(JsonPointer.Below(pointer, "prefixItems", place));
            }
            else if (schema.TryGetProperty("items", out _))
            {
                pointers.Add(JsonPointer.Below(pointer, "items"));
            }
        }

        return compiler.For(new Conjunction(document, pointers));
    }
}
