using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Kubernetes.Kustomize;

/// <summary>What is off by default, as components that an overlay may name: it needs definitions or rights that a cluster may not have.</summary>
internal static class KustomizeComponents
{
    private static readonly (string Name, string Sentence, string Values)[] _components =
    [
        ("observability", "Needs the Prometheus operator, and the Secret prometheus-svid, empty; dashboards are for Grafana's sidecar.",
            """{ "observability": { "serviceMonitor": { "enabled": true }, "rules": { "enabled": true }, "dashboards": { "enabled": true } } }"""),
        ("admission", "Cluster-scoped: refuses pods of the namespace that the suite itself would never make. Pin every image by its digest first.",
            """{ "admission": { "validatingAdmissionPolicy": true } }"""),
    ];

    /// <param name="render">Files with objects that the chart makes with these values over its defaults.</param>
    public static IEnumerable<KeyValuePair<string, string>> Make(Func<JsonObject, IEnumerable<(string Name, string Text)>> render)
    {
        foreach (var (name, sentence, values) in _components)
        {
            var files = render((JsonObject)JsonNode.Parse(values)!).Where(file => file.Name.StartsWith(name + "/", StringComparison.Ordinal)).ToList();
            foreach (var (file, text) in files)
                yield return KeyValuePair.Create("components/" + file, text);

            yield return KeyValuePair.Create($"components/{name}/kustomization.yaml", $"""
                # {sentence}
                apiVersion: kustomize.config.k8s.io/v1alpha1
                kind: Component
                resources:
                {string.Join('\n', files.Select(file => "  - " + file.Name[(name.Length + 1)..]))}

                """);
        }
    }
}
