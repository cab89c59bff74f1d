using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>YAML as the API server reads it: quoted is text, plain may be a number or a truth value.</summary>
internal static class Documents
{
    public static IEnumerable<JsonObject> Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Select(document => ToJson(document.RootNode)).OfType<JsonObject>();
    }

    public static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(item => KeyValuePair.Create(((YamlScalarNode)item.Key).Value!, ToJson(item.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => scalar.Value switch
        {
            null or "" or "null" or "~" => null,
            "true" => true,
            "false" => false,
            var text when long.TryParse(text, CultureInfo.InvariantCulture, out _) => JsonNode.Parse(text),
            var text when double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => JsonNode.Parse(text),
            var text => text,
        },
        YamlScalarNode scalar => scalar.Value,
        _ => throw new InvalidOperationException($"A {node.NodeType} has no place in a manifest."),
    };

    /// <summary><c>apps/v1 Deployment NAME</c>, for messages.</summary>
    public static string NameOf(JsonObject item) => $"{item["apiVersion"]} {item["kind"]} {item["metadata"]?["name"]}";

    public static string Kind(this JsonObject item) => (string)item["kind"]!;

    public static string Name(this JsonObject item) => (string)item["metadata"]!["name"]!;

    public static bool RunsPods(this JsonObject item) => item.Kind() is "Deployment" or "StatefulSet";

    /// <summary>Spec of a workload's pods.</summary>
    public static JsonObject Pod(this JsonObject workload) => (JsonObject)workload["spec"]!["template"]!["spec"]!;

    /// <summary>The settings of a service's own file, by key: <c>A:B:0</c>.</summary>
    public static Dictionary<string, string> SettingsOf(IEnumerable<JsonObject> objects, string service) =>
        Flatten(JsonNode.Parse((string)objects.Single(item => item.Kind() == "ConfigMap" && item.Name() == $"{service}-config")["data"]!["appsettings.json"]!)!, "")
            .ToDictionary(item => item.Key, item => item.Value);

    public static IEnumerable<(string Key, string Value)> Flatten(JsonNode node, string path) => node switch
    {
        JsonObject map => map.SelectMany(item => Flatten(item.Value!, path.Length == 0 ? item.Key : $"{path}:{item.Key}")),
        JsonArray list => list.SelectMany((item, i) => Flatten(item!, $"{path}:{i}")),
        _ => [(path, node.ToString())],
    };

    public static IEnumerable<JsonObject> Items(this JsonNode? list) => list is JsonArray items ? items.Cast<JsonObject>() : [];

    public static IEnumerable<JsonObject> AllContainers(this JsonObject pod) => pod["initContainers"].Items().Concat(pod["containers"].Items());
}
