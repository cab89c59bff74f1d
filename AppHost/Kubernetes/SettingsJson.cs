using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Settings by name, <c>A__B__0</c>, as the JSON that people write: objects and lists.</summary>
internal static class SettingsJson
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static string Of(IEnumerable<(string Name, string Value)> settings)
    {
        var root = new JsonObject();
        foreach (var (name, value) in settings)
        {
            var at = root;
            var parts = name.Split("__");
            foreach (var part in parts[..^1])
                at = (JsonObject)(at[part] ??= new JsonObject());

            at[parts[^1]] = value;
        }

        return WithLists(root).ToJsonString(_json) + "\n";
    }

    // Sorted, because publishers disagree about the order; what is named 0, 1, 2 is a list.
    private static JsonNode WithLists(JsonNode node)
    {
        if (node is not JsonObject map)
            return node.DeepClone();

        var parts = map.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)WithLists(item.Value!)))
            .OrderBy(item => int.TryParse(item.Key, CultureInfo.InvariantCulture, out var i) ? i : -1)
            .ThenBy(item => item.Key, StringComparer.Ordinal)
            .ToList();
        return parts.Select((item, i) => item.Key == i.ToString(CultureInfo.InvariantCulture)).All(isNext => isNext)
            ? new JsonArray([.. parts.Select(item => item.Value)])
            : new JsonObject(parts);
    }
}
