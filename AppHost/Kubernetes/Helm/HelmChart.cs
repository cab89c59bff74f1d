using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Zakenak.AppHost.Kubernetes.Helm;

/// <summary>A chart's templates with values filled in, as <c>helm template</c> does it.</summary>
internal static class HelmChart
{
    /// <summary>Renders every template.</summary>
    /// <param name="files">The chart by path.</param>
    /// <param name="chart"><c>Chart.yaml</c>.</param>
    /// <param name="values">The defaults with whatever was set over them.</param>
    /// <param name="release">Name of the release, and who installs it.</param>
    public static SortedDictionary<string, string> Render(
        IReadOnlyDictionary<string, string> files, YamlMappingNode chart, JsonObject values, (string Name, string Namespace, string Service) release)
    {
        var root = new Dictionary<string, object?>
        {
            ["Values"] = HelmFunctions.FromJson(values),
            ["Release"] = new Dictionary<string, object?> { ["Name"] = release.Name, ["Namespace"] = release.Namespace, ["Service"] = release.Service },
            ["Chart"] = new Dictionary<string, object?>
            {
                ["Name"] = ((YamlScalarNode)chart["name"]).Value,
                ["Version"] = ((YamlScalarNode)chart["version"]).Value,
                ["AppVersion"] = ((YamlScalarNode)chart["appVersion"]).Value,
            },
        };
        var rendered = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in files.Where(file => file.Key.StartsWith("templates/", StringComparison.Ordinal)))
            rendered[name["templates/".Length..]] = HelmTemplate.Parse(name, text).Render(root);

        return rendered;
    }

    /// <summary>The defaults with what is set over them, maps merged as Helm does.</summary>
    public static JsonObject Merge(JsonObject defaults, JsonObject over)
    {
        var merged = (JsonObject)defaults.DeepClone();
        foreach (var (name, value) in over)
            merged[name] = merged[name] is JsonObject below && value is JsonObject above ? Merge(below, above) : value?.DeepClone();

        return merged;
    }
}
