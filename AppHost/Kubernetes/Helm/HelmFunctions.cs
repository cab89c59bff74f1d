using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Kubernetes.Helm;

/// <summary>The functions that templates may use, with Helm's meaning.</summary>
internal static class HelmFunctions
{
    private static readonly JsonSerializerOptions _plainJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, (int Least, int Most)> _arguments = new()
    {
        ["and"] = (2, 9),
        ["or"] = (2, 9),
        ["not"] = (1, 1),
        ["eq"] = (2, 2),
        ["ne"] = (2, 2),
        ["gt"] = (2, 2),
        ["default"] = (2, 2),
        ["quote"] = (1, 1),
        ["toYaml"] = (1, 1),
        ["toJson"] = (1, 1),
        ["nindent"] = (2, 2),
        ["indent"] = (2, 2),
        ["add"] = (2, 9),
        ["mul"] = (2, 9),
        ["div"] = (2, 2),
        ["int"] = (1, 1),
        ["sha256sum"] = (1, 1),
        ["fail"] = (1, 1),
        ["required"] = (2, 2),
    };

    public static IEnumerable<string> Names => _arguments.Keys;

    public static void Check(string name, int count)
    {
        if (!_arguments.TryGetValue(name, out var bounds))
            throw new HelmException($"there is no function '{name}' in the part of Helm's language that the chart uses");
        if (count < bounds.Least || count > bounds.Most)
            throw new HelmException($"'{name}' takes no {count} arguments");
    }

    public static object? Call(string name, object?[] arguments) => name switch
    {
        "and" => arguments.FirstOrDefault(argument => !IsTrue(argument), arguments[^1]),
        "or" => arguments.FirstOrDefault(IsTrue, arguments[^1]),
        "not" => !IsTrue(arguments[0]),
        "eq" => AreEqual(arguments[0], arguments[1]),
        "ne" => !AreEqual(arguments[0], arguments[1]),
        "gt" => Number(arguments[0]) > Number(arguments[1]),
        "default" => IsTrue(arguments[1]) ? arguments[1] : arguments[0],
        "quote" => JsonSerializer.Serialize(Print(arguments[0], name), _plainJson),
        "toYaml" => ToYaml(arguments[0]),
        "toJson" => ToJson(arguments[0])?.ToJsonString() ?? "null",
        "nindent" => "\n" + Indent(arguments[0], arguments[1]),
        "indent" => Indent(arguments[0], arguments[1]),
        "add" => arguments.Aggregate(0L, (sum, item) => sum + Number(item)),
        "mul" => arguments.Aggregate(1L, (product, item) => product * Number(item)),
        "div" => Number(arguments[0]) / Number(arguments[1]),
        "int" => Number(arguments[0]),
        "sha256sum" => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Print(arguments[0], name)))),
        "required" => arguments[1] is null or "" ? throw new HelmException(Print(arguments[0], name)) : arguments[1],
        "fail" => throw new HelmException(Print(arguments[0], name)),
        _ => throw new HelmException($"there is no function '{name}'"),
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        _ => true,
    };

    public static string Print(object? value, string expression) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),

        // Helm reads numbers as floating point, and writes them so from a million on.
        double number when Math.Abs(number) >= 1e6 => throw new HelmException($"'{expression}': a number of a million and more needs '| int'"),
        double number => number.ToString(CultureInfo.InvariantCulture),
        null => throw new HelmException($"'{expression}' has no value"),
        _ => throw new HelmException($"'{expression}' is no text"),
    };

    public static IEnumerable<(object? Key, object? Item)> Items(object? value, string expression) => value switch
    {
        null => [],
        IReadOnlyDictionary<string, object?> map => map.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => ((object?)item.Key, item.Value)),
        IReadOnlyList<object?> list => list.Select((item, i) => ((object?)(long)i, item)),
        _ => throw new HelmException($"'{expression}' is no list or map"),
    };

    /// <summary>Values as templates see them.</summary>
    public static object? FromJson(JsonNode? node) => node switch
    {
        null => null,
        JsonObject map => map.ToDictionary(item => item.Key, item => FromJson(item.Value)),
        JsonArray list => list.Select(FromJson).ToList(),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
            _ => value.GetValue<bool>(),
        },
        _ => throw new HelmException("a value is of no known kind"),
    };

    // Maps by key, as Go writes them.
    private static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        double number => JsonNode.Parse(number.ToString("R", CultureInfo.InvariantCulture)),
        IReadOnlyDictionary<string, object?> map => new JsonObject(map.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => KeyValuePair.Create(item.Key, ToJson(item.Value)))),
        IReadOnlyList<object?> list => new JsonArray([.. list.Select(ToJson)]),
        _ => throw new HelmException("a value is of no known kind"),
    };

    private static string ToYaml(object? value)
    {
        var lines = new StringBuilder();
        Write(value, 0);
        return lines.ToString().Trim('\n');

        void Write(object? item, int indent)
        {
            switch (item)
            {
                case IReadOnlyDictionary<string, object?> { Count: > 0 } map:
                    foreach (var (name, part) in map.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                    {
                        lines.Append('\n').Append(' ', indent).Append(Plain(name)).Append(':');
                        Write(part, indent + 2);
                    }

                    break;
                case IReadOnlyList<object?> { Count: > 0 } list:
                    foreach (var part in list)
                    {
                        lines.Append('\n').Append(' ', indent).Append('-');
                        var start = lines.Length;
                        Write(part, indent + 2);
                        if (part is IReadOnlyDictionary<string, object?> { Count: > 0 })
                            lines.Remove(start, indent + 3).Insert(start, ' ');
                    }

                    break;
                default:
                    lines.Append(indent == 0 ? "" : " ").Append(ToJson(item)?.ToJsonString() ?? "null");
                    break;
            }
        }

        static string Plain(string key) => key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') ? key : JsonSerializer.Serialize(key);
    }

    private static string Indent(object? by, object? text)
    {
        var padding = new string(' ', (int)Number(by));
        return padding + Print(text, "indent").Replace("\n", "\n" + padding, StringComparison.Ordinal);
    }

    private static long Number(object? value) => value switch
    {
        long number => number,
        double number => (long)number,
        string text when long.TryParse(text, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new HelmException("arithmetic needs numbers"),
    };

    private static bool AreEqual(object? left, object? right) =>
        left is long or double && right is long or double ? Convert.ToDouble(left, CultureInfo.InvariantCulture).Equals(Convert.ToDouble(right, CultureInfo.InvariantCulture)) : Equals(left, right);
}
