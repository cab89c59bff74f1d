using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>
/// Checks a document against a schema, keyword by keyword as the specification has it. It shares nothing with the grammar that the document
/// was written by: it is there to catch that one's mistakes, and a text that was cut.
/// </summary>
public sealed class SchemaValidator(JsonElement root)
{
    private const int MaxDepth = 512;
    private const int MaxSteps = 200_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private int _steps;

    /// <summary>True once more was asked than is worth the time: refs and alternatives can multiply. From then on nothing is valid.</summary>
    public bool IsExhausted => _steps > MaxSteps;

    /// <summary>Whether the document is valid; refs that lead in a circle make it invalid.</summary>
    public bool IsValid(JsonElement document) => IsValid(root, document, 0);

    /// <summary>Whether a value is valid against a part of the schema.</summary>
    public bool IsValid(JsonElement schema, JsonElement value) => IsValid(schema, value, 0);

    private bool IsValid(JsonElement schema, JsonElement value, int depth)
    {
        if (IsExhausted || depth > MaxDepth || schema.ValueKind != JsonValueKind.Object)
        {
            return !IsExhausted && depth <= MaxDepth && schema.ValueKind == JsonValueKind.True;
        }

        _steps++;

        return schema.EnumerateObject().All(keyword => Holds(schema, keyword, value, depth + 1));
    }

    private bool Holds(JsonElement schema, JsonProperty keyword, JsonElement value, int depth)
    {
        var given = keyword.Value;
        switch (keyword.Name)
        {
            case "$ref":
                return JsonPointer.TryFollow(root, given.GetString()!, out _, out var target) && IsValid(target, value, depth);
            case "type":
                return given.ValueKind == JsonValueKind.String ? Is(value, given.GetString()!) : given.EnumerateArray().Any(type => Is(value, type.GetString()!));
            case "const":
                return Same(given, value);
            case "enum":
                return given.EnumerateArray().Any(item => Same(item, value));
            case "allOf":
                return given.EnumerateArray().All(part => IsValid(part, value, depth));
            case "anyOf":
                return given.EnumerateArray().Any(part => IsValid(part, value, depth));
            case "oneOf":
                return given.EnumerateArray().Count(part => IsValid(part, value, depth)) == 1;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object => ObjectHolds(schema, keyword.Name, given, value, depth),
            JsonValueKind.Array => ArrayHolds(schema, keyword.Name, given, value, depth),
            JsonValueKind.String => StringHolds(keyword.Name, given, value.GetString()!),
            JsonValueKind.Number => NumberHolds(keyword.Name, given, value),
            _ => true,
        };
    }

    private bool ObjectHolds(JsonElement schema, string keyword, JsonElement given, JsonElement value, int depth) => keyword switch
    {
        "properties" => value.EnumerateObject().All(member => !given.TryGetProperty(member.Name, out var part) || IsValid(part, member.Value, depth)),
        "required" => given.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
        "additionalProperties" => value.EnumerateObject()
            .Where(member => !schema.TryGetProperty("properties", out var named) || !named.TryGetProperty(member.Name, out _))
            .All(member => IsValid(given, member.Value, depth)),
        "minProperties" => value.EnumerateObject().DistinctBy(member => member.Name).Count() >= given.GetDouble(),
        "maxProperties" => value.EnumerateObject().Count() <= given.GetDouble(),
        _ => true,
    };

    private bool ArrayHolds(JsonElement schema, string keyword, JsonElement given, JsonElement value, int depth)
    {
        switch (keyword)
        {
            case "prefixItems":
                return given.EnumerateArray().Zip(value.EnumerateArray()).All(pair => IsValid(pair.First, pair.Second, depth));
            case "items":
                var skipped = schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0;
                return value.EnumerateArray().Skip(skipped).All(item => IsValid(given, item, depth));
            case "minItems":
                return value.GetArrayLength() >= given.GetDouble();
            case "maxItems":
                return value.GetArrayLength() <= given.GetDouble();
            default:
                return true;
        }
    }

    private static bool StringHolds(string keyword, JsonElement given, string value) => keyword switch
    {
        "minLength" => value.EnumerateRunes().Count() >= given.GetDouble(),
        "maxLength" => value.EnumerateRunes().Count() <= given.GetDouble(),
        "format" => StringFormats.Check(given.GetString()!, value),
        "pattern" => Regex.IsMatch(value, Translate(given.GetString()!), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_patience),
        _ => true,
    };

    private static bool NumberHolds(string keyword, JsonElement given, JsonElement value) => keyword switch
    {
        "minimum" => Compare(value, given) >= 0,
        "maximum" => Compare(value, given) <= 0,
        "exclusiveMinimum" => Compare(value, given) > 0,
        "exclusiveMaximum" => Compare(value, given) < 0,
        _ => true,
    };

    private static int Compare(JsonElement a, JsonElement b) =>
        a.TryGetDecimal(out var exactA) && b.TryGetDecimal(out var exactB) ? exactA.CompareTo(exactB) : a.GetDouble().CompareTo(b.GetDouble());

    private static bool Is(JsonElement value, string type) => (type, value.ValueKind) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number)
            or ("null", JsonValueKind.Null) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => value.TryGetDecimal(out var exact) ? decimal.IsInteger(exact) : double.IsInteger(value.GetDouble()),
        _ => false,
    };

    private static bool Same(JsonElement a, JsonElement b) => JsonElement.DeepEquals(a, b);

    /// <summary>ECMAScript's meaning in .NET's words: its short classes are of ASCII, its <c>$</c> is not before a last line end.</summary>
    private static string Translate(string pattern)
    {
        const string Spaces = @"\t-\r \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF";
        const string Words = "A-Za-z0-9_";
        var text = new StringBuilder();
        var inClass = false;
        for (var at = 0; at < pattern.Length; at++)
        {
            var length = pattern[at] == '\\' && at + 1 < pattern.Length ? 2 : 1;
            var word = pattern.Substring(at, length);
            at += length - 1;
            text.Append((word, inClass) switch
            {
                ("\\d", true) => "0-9",
                ("\\w", true) => Words,
                ("\\s", true) => Spaces,
                ("[", true) => "\\[",
                ("\\d", false) => "[0-9]",
                ("\\w", false) => $"[{Words}]",
                ("\\s", false) => $"[{Spaces}]",
                ("\\D", false) => "[^0-9]",
                ("\\W", false) => $"[^{Words}]",
                ("\\S", false) => $"[^{Spaces}]",
                (".", false) => @"[^\n\r\u2028\u2029]",
                ("$", false) => @"\z",
                _ => word,
            });
            inClass = word == "[" || (inClass && word != "]");
        }

        return text.ToString();
    }
}
