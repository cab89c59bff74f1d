using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.ModelServer.Structured.Grammar;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>
/// An object's properties in the order in which they are declared, optional ones in any subset. Two rules a property say what may follow
/// it, so that the grammar grows with the number of properties and not with that of their subsets.
/// </summary>
internal sealed class ObjectText(SchemaDocument document, SchemaCompiler compiler, GrammarRules rules, JsonText json, Conjunction schemas)
{
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<string> _required = [.. schemas.All("required").SelectMany(list => list.Value.EnumerateArray()).Select(name => name.GetString()!)];

    public GrammarNode Build()
    {
        List<string> declared = [.. schemas.All("properties").SelectMany(list => list.Value.EnumerateObject()).Select(member => member.Name).Distinct()];
        List<string> names = [.. declared.Concat(_required).Distinct()];
        List<(bool Required, GrammarNode Member)> members =
            [.. names.Select(name => (_required.Contains(name), json.Member(Name(name), ValueOf(name))))];
        var others = Others(declared);
        CheckCounts(names.Count, others is not null);

        // What may follow once something was written, and while nothing was: built from the end.
        var more = others is null ? GrammarNode.Empty : GrammarNode.Times(GrammarNode.Then(json.Comma, others), 0, null);
        var first = others is null ? GrammarNode.Empty : GrammarNode.Optional(json.Several(others, 1, null));
        foreach (var (required, member) in Enumerable.Reverse(members))
        {
            if (!required && member == GrammarNode.Never)
            {
                continue;
            }

            var rest = Named(more);
            var begin = GrammarNode.Then(member, rest);
            var next = GrammarNode.Then(json.Comma, member);
            first = required ? begin : GrammarNode.Either(begin, Named(first));
            more = GrammarNode.Then(required ? next : GrammarNode.Optional(next), rest);
        }

        return json.Braced("{", "}", first);
    }

    private GrammarNode Named(GrammarNode node) => node == GrammarNode.Empty || node is GrammarNode.Rule ? node : rules.Add(node);

    private static GrammarNode Name(string name) => GrammarNode.Text(JsonSerializer.Serialize(name, s_plain));

    /// <summary>The rule of a property's value: what each schema says of it by name, or else of properties that it doesn't name.</summary>
    private GrammarNode ValueOf(string name)
    {
        var pointers = new List<string>();
        foreach (var (pointer, schema) in schemas.Parts)
        {
            if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _))
            {
                pointers.Add(JsonPointer.Below(JsonPointer.Below(pointer, "properties"), name));
            }
            else if (schema.TryGetProperty("additionalProperties", out _))
            {
                pointers.Add(JsonPointer.Below(pointer, "additionalProperties"));
            }
        }

        return compiler.For(new Conjunction(document, pointers));
    }

    /// <summary>A member that no schema names; null where there is none. Without <c>additionalProperties</c> a schema that names some gets no others.</summary>
    private GrammarNode? Others(List<string> declared)
    {
        List<string> pointers = [.. schemas.All("additionalProperties").Select(item => item.Pointer)];
        if (pointers.Count == 0 && (declared.Count > 0 || _required.Count > 0 || schemas.All("properties").Any()))
        {
            return null;
        }

        var value = compiler.For(new Conjunction(document, pointers));
        return value == GrammarNode.Never ? null : json.Member(JsonText.Quoted(OtherNames.Build(rules, [.. declared, .. _required])), value);
    }

    private void CheckCounts(int names, bool others)
    {
        foreach (var (pointer, value) in schemas.All("minProperties"))
        {
            if (value.GetDouble() > _required.Count)
            {
                document.Unsupported(pointer, "is supported only up to the number of required properties");
            }
        }

        foreach (var (pointer, value) in schemas.All("maxProperties"))
        {
            if (others || value.GetDouble() < names)
            {
                document.Unsupported(pointer, "is supported only where the named properties are fewer and no others are allowed");
            }
        }
    }
}
