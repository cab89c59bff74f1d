using System.Text.Json;
using Kind = System.Text.Json.JsonValueKind;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>Which keywords of JSON Schema 2020-12 are understood, and of which JSON type their values must be.</summary>
internal static class SchemaKeywords
{
    private static readonly Dictionary<string, Kind[]> s_known = new(StringComparer.Ordinal)
    {
        ["type"] = [Kind.String, Kind.Array],
        ["enum"] = [Kind.Array],
        ["const"] = [],
        ["properties"] = [Kind.Object],
        ["required"] = [Kind.Array],
        ["additionalProperties"] = [Kind.Object, Kind.True, Kind.False],
        ["minProperties"] = [Kind.Number],
        ["maxProperties"] = [Kind.Number],
        ["items"] = [Kind.Object, Kind.True, Kind.False],
        ["prefixItems"] = [Kind.Array],
        ["minItems"] = [Kind.Number],
        ["maxItems"] = [Kind.Number],
        ["minLength"] = [Kind.Number],
        ["maxLength"] = [Kind.Number],
        ["pattern"] = [Kind.String],
        ["format"] = [Kind.String],
        ["minimum"] = [Kind.Number],
        ["maximum"] = [Kind.Number],
        ["exclusiveMinimum"] = [Kind.Number],
        ["exclusiveMaximum"] = [Kind.Number],
        ["allOf"] = [Kind.Array],
        ["anyOf"] = [Kind.Array],
        ["oneOf"] = [Kind.Array],
        ["$ref"] = [Kind.String],
        ["$defs"] = [Kind.Object],
        ["definitions"] = [Kind.Object],

        // Annotations: they say nothing about which documents are valid.
        ["title"] = [],
        ["description"] = [],
        ["default"] = [],
        ["examples"] = [],
        ["deprecated"] = [],
        ["readOnly"] = [],
        ["writeOnly"] = [],
        ["contentEncoding"] = [],
        ["contentMediaType"] = [],
        ["contentSchema"] = [],
        ["$comment"] = [],
        ["$schema"] = [Kind.String],
        ["$id"] = [Kind.String],

        // OpenAPI's, which generators of schemas leave in; by its word they change no validation.
        ["discriminator"] = [],
        ["example"] = [],
        ["externalDocs"] = [],
    };

    /// <summary>Keywords by which a schema without a type says what it is about.</summary>
    public static readonly (string Type, string[] Keywords)[] Kinds =
    [
        ("object", ["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
        ("array", ["items", "prefixItems", "minItems", "maxItems"]),
        ("string", ["minLength", "maxLength", "pattern", "format"]),
        ("number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
    ];

    public static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>What is wrong with one member of a schema; null where nothing is.</summary>
    public static string? Problem(JsonProperty member, bool isRoot)
    {
        var name = member.Name;
        if (!s_known.TryGetValue(name, out var kinds))
        {
            return name.StartsWith("x-", StringComparison.Ordinal) || (name == "uniqueItems" && member.Value.ValueKind == Kind.False)
                ? null
                : "is not supported";
        }

        return kinds.Length > 0 && !kinds.Contains(member.Value.ValueKind) ? "is of the wrong type"
            : name == "$id" && !isRoot ? "is supported at the root only"
            : null;
    }
}
