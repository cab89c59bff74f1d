using System.Text.Json;
using Zakenak.ModelServer.Completions;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>One JSON Schema whose every part has been looked at: its keywords are known, their values well formed, its refs lead to schemas.</summary>
internal sealed class SchemaDocument
{
    private const int MaxSchemas = 2000;
    private const int MaxValues = 2000;
    private const int MaxProperties = 200;
    private const int MaxRepetitions = 2000;

    private readonly string _param;
    private readonly Dictionary<string, JsonElement> _schemas = new(StringComparer.Ordinal);
    private int _values;

    public SchemaDocument(JsonElement root, string param)
    {
        (Root, _param) = (root, param);
        Validator = new SchemaValidator(root);
        Check(string.Empty, root);
        foreach (var (pointer, schema) in _schemas)
        {
            if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference) && Refusal is null
                && (!JsonPointer.TryFollow(root, reference.GetString()!, out var target, out _) || !_schemas.ContainsKey(target)))
            {
                Malformed(JsonPointer.Below(pointer, "$ref"), "must lead to a schema within this one, as in '#/$defs/name'");
            }
        }
    }

    public JsonElement Root { get; }

    public SchemaValidator Validator { get; }

    /// <summary>The first thing that is wrong; null while nothing is.</summary>
    public Refusal? Refusal { get; private set; }

    public JsonElement this[string pointer] => _schemas[pointer];

    /// <summary>Where the <c>$ref</c> of a schema leads.</summary>
    public string Follow(JsonElement reference)
    {
        JsonPointer.TryFollow(Root, reference.GetString()!, out var pointer, out _);
        return pointer;
    }

    /// <summary>Remembers that a part of the schema can't be expressed.</summary>
    public void Unsupported(string pointer, string what) => Refuse(RequestRefusals.Unsupported, pointer, what);

    private void Malformed(string pointer, string what) => Refuse(RequestRefusals.Invalid, pointer, what);

    private void Refuse(Func<string, string, Refusal> make, string pointer, string what)
    {
        const int MaxLength = 256;
        var name = _param + pointer;
        name = name.Length <= MaxLength ? name : name[..MaxLength] + "...";
        Refusal ??= make(name, $"'{name}' {what}.");
    }

    private void Check(string pointer, JsonElement schema)
    {
        if (Refusal is not null)
        {
            return;
        }

        if (schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False))
        {
            Malformed(pointer, "must be a schema: an object, true or false");
            return;
        }

        if (_schemas.Count == MaxSchemas)
        {
            Malformed(string.Empty, $"has more than {MaxSchemas} schemas");
            return;
        }

        _schemas.Add(pointer, schema);
        if (schema.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in schema.EnumerateObject())
            {
                Check(JsonPointer.Below(pointer, member.Name), member, pointer.Length == 0);
            }
        }
    }

    private void Check(string pointer, JsonProperty member, bool isRoot)
    {
        if (SchemaKeywords.Problem(member, isRoot) is { } problem)
        {
            (problem == "is of the wrong type" ? (Action<string, string>)Malformed : Unsupported)(pointer, problem);
            return;
        }

        var value = member.Value;
        switch (member.Name)
        {
            case "properties" or "$defs" or "definitions":
                if (member.Name == "properties" && value.GetPropertyCount() > MaxProperties)
                {
                    Malformed(pointer, $"has more than {MaxProperties} members");
                }

                foreach (var part in value.EnumerateObject())
                {
                    Check(JsonPointer.Below(pointer, part.Name), part.Value);
                }

                break;
            case "prefixItems" or "allOf" or "anyOf" or "oneOf":
                if (value.GetArrayLength() == 0)
                {
                    Malformed(pointer, "must not be empty");
                }

                foreach (var (index, part) in value.EnumerateArray().Index())
                {
                    Check($"{pointer}/{index}", part);
                }

                break;
            case "items" or "additionalProperties":
                Check(pointer, value);
                break;
            case "type":
                CheckWords(pointer, value.ValueKind == JsonValueKind.String ? [value] : [.. value.EnumerateArray()], SchemaKeywords.Types);
                break;
            case "required":
                CheckWords(pointer, [.. value.EnumerateArray()], allowed: null);
                break;
            case "enum":
                _values += value.GetArrayLength();
                if (value.GetArrayLength() == 0 || _values > MaxValues)
                {
                    Malformed(pointer, $"must have 1 to {MaxValues} values, with those of all others");
                }

                break;
            case "minLength" or "maxLength" or "minItems" or "maxItems" or "minProperties" or "maxProperties":
                if (!value.TryGetDouble(out var count) || count < 0 || !double.IsInteger(count))
                {
                    Malformed(pointer, "must be a whole number that is not negative");
                }
                else if (count > MaxRepetitions)
                {
                    Unsupported(pointer, $"is more than {MaxRepetitions}");
                }

                break;
            case "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum":
                if (!value.TryGetDecimal(out _))
                {
                    Unsupported(pointer, "has more digits than are supported");
                }

                break;
            case "format" when !JsonFields.TryGetText(value, out var format) || !StringFormats.Names.Contains(format):
                Unsupported(pointer, "is not one of the formats that are supported: " + string.Join(", ", StringFormats.Names));
                break;
            case "pattern" or "$ref" when !JsonFields.TryGetText(value, out _):
                Malformed(pointer, "must be a string");
                break;
        }
    }

    private void CheckWords(string pointer, IReadOnlyList<JsonElement> words, string[]? allowed)
    {
        if (words.Count > MaxProperties || (allowed is not null && words.Count == 0)
            || words.Any(word => !JsonFields.TryGetText(word, out var text) || (allowed is not null && !allowed.Contains(text))))
        {
            Malformed(pointer, allowed is null ? $"must be at most {MaxProperties} strings" : "must be of " + string.Join(", ", allowed));
        }
    }
}
