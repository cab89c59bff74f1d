using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>Evaluates the part of JSON Schema that Kubernetes' schemas and ours use; a keyword that it does not know is an error of the test.</summary>
internal sealed class JsonSchema(JsonObject root)
{
    private static readonly HashSet<string> _saysNothing = ["description", "title", "default", "$schema", "$id", "$defs", "definitions", "example", "format"];

    public static JsonSchema Load(string path) => new((JsonObject)JsonNode.Parse(File.ReadAllText(path))!);

    /// <summary>What is wrong, each with the path of the key; empty = valid.</summary>
    public IReadOnlyList<string> Evaluate(JsonNode? value)
    {
        var faults = new List<string>();
        Check(root, value, "$", faults);
        return faults;
    }

    private bool IsValid(JsonNode schema, JsonNode? value)
    {
        var faults = new List<string>();
        Check(schema, value, "$", faults);
        return faults.Count == 0;
    }

    private void Check(JsonNode schema, JsonNode? value, string path, List<string> faults)
    {
        if (schema is JsonValue flag)
        {
            if (!flag.GetValue<bool>())
                faults.Add($"{path} is not known");
            return;
        }

        foreach (var (keyword, rule) in (JsonObject)schema)
        {
            if (_saysNothing.Contains(keyword) || keyword.StartsWith("x-kubernetes-", StringComparison.Ordinal))
                continue;

            if (Fault(keyword, rule!, (JsonObject)schema, value, path, faults) is { } fault)
                faults.Add($"{path} {fault}");
        }
    }

    private string? Fault(string keyword, JsonNode rule, JsonObject schema, JsonNode? value, string path, List<string> faults)
    {
        switch (keyword)
        {
            case "$ref":
                Check(Resolve((string)rule!), value, path, faults);
                return null;
            case "type":
                return (rule is JsonArray several ? several.Any(type => IsOf((string)type!, value)) : IsOf((string)rule!, value)) ? null : $"is no {rule.ToJsonString()}: {value?.ToJsonString() ?? "null"}";
            case "enum":
                return ((JsonArray)rule).Any(item => JsonNode.DeepEquals(item, value)) ? null : $"is none of {rule.ToJsonString()}: {value?.ToJsonString()}";
            case "const":
                return JsonNode.DeepEquals(rule, value) ? null : $"is not {rule.ToJsonString()}";
            case "anyOf":
                return ((JsonArray)rule).Any(item => IsValid(item!, value)) ? null : "is none of the forms that it may have";
            case "oneOf":
                return ((JsonArray)rule).Count(item => IsValid(item!, value)) == 1 ? null : "is not exactly one of the forms that it may have";
            case "not":
                return IsValid(rule, value) ? "has a form that it must not have" : null;
            case "minimum" or "maximum" when value is JsonValue && value.GetValueKind() == JsonValueKind.Number:
                var (number, bound) = (Number(value), Number(rule));
                return keyword == "minimum" ? number >= bound ? null : $"is less than {bound}" : number <= bound ? null : $"is more than {bound}";
            case "minLength" or "maxLength" when value?.GetValueKind() == JsonValueKind.String:
                var length = ((string)value!).Length;
                return (keyword == "minLength" ? length >= (int)rule : length <= (int)rule) ? null : $"is too short or too long ({length})";
            case "pattern" when value?.GetValueKind() == JsonValueKind.String:
                return Regex.IsMatch((string)value!, (string)rule!) ? null : $"does not match {rule}: {value}";
            case "minItems" or "maxItems" when value is JsonArray list:
                return (keyword == "minItems" ? list.Count >= (int)rule : list.Count <= (int)rule) ? null : "has too few or too many items";
            case "minProperties" or "maxProperties" when value is JsonObject map:
                return (keyword == "minProperties" ? map.Count >= (int)rule : map.Count <= (int)rule) ? null : "has too few or too many keys";
            case "items" when value is JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    Check(rule, list[i], $"{path}[{i}]", faults);
                return null;
            case "required" when value is JsonObject map:
                return ((JsonArray)rule).FirstOrDefault(name => !map.ContainsKey((string)name!)) is { } missing ? $"lacks {missing}" : null;
            case "properties" when value is JsonObject map:
                foreach (var (name, inner) in (JsonObject)rule)
                {
                    if (map.TryGetPropertyValue(name, out var item))
                        Check(inner!, item, $"{path}.{name}", faults);
                }

                return null;
            case "additionalProperties" when value is JsonObject map:
                foreach (var (name, item) in map.Where(item => schema["properties"]?[item.Key] is null))
                    Check(rule, item, $"{path}.{name}", faults);
                return null;
            case "propertyNames" when value is JsonObject map:
                foreach (var (name, _) in map)
                    Check(rule, JsonValue.Create(name), $"{path}.{name}", faults);
                return null;
            case "minimum" or "maximum" or "minLength" or "maxLength" or "pattern" or "minItems" or "maxItems" or "minProperties" or "maxProperties" or "items"
                or "required" or "properties" or "additionalProperties" or "propertyNames":
                return null; // says nothing of a value of another type
            default:
                throw new NotSupportedException($"The keyword '{keyword}' at {path}");
        }
    }

    private JsonNode Resolve(string reference)
    {
        JsonNode node = root;
        foreach (var part in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = node[part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)]!;

        return node;
    }

    private static bool IsOf(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && Number(value) % 1 == 0,
        _ => throw new NotSupportedException($"The type '{type}'"),
    };

    private static decimal Number(JsonNode value) => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
