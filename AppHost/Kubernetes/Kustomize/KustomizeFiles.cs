using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.AppHost.Kubernetes.Helm;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Kustomize;

/// <summary>The chart rendered once, for those who have Kustomize and no Helm: a base, and an overlay for each environment with its sizes.</summary>
internal static class KustomizeFiles
{
    private const string Namespace = "zakenak";

    private static readonly JsonObject _values = new() { ["namespace"] = new JsonObject { ["create"] = true } };

    public static IEnumerable<KeyValuePair<string, string>> Make(ChartFiles chart, IReadOnlyDictionary<string, string> files, int guideSizeMiB)
    {
        var objects = Objects(_values).ToArray();
        foreach (var (name, text) in objects)
            yield return KeyValuePair.Create("base/" + name, text);

        yield return KeyValuePair.Create("base/kustomization.yaml", Base(objects.Select(file => file.Name)));
        foreach (var (environment, size) in Environments())
        {
            yield return KeyValuePair.Create($"overlays/{environment}/kustomization.yaml", Overlay(environment, size));
            foreach (var shape in ServiceShape.All)
                yield return KeyValuePair.Create($"overlays/{environment}/{shape.Name}.yaml", Patch(shape, size(shape), guideSizeMiB));
        }

        foreach (var file in KustomizeComponents.Make(Objects))
            yield return file;

        IEnumerable<(string Name, string Text)> Objects(JsonObject over) =>
            HelmChart.Render(files, chart.Chart, HelmChart.Merge(chart.Values.Defaults, over), (Namespace, Namespace, "kustomize"))
                .Where(file => file.Key.EndsWith(".yaml", StringComparison.Ordinal))
                .Select(file => (Name: file.Key, Text: Canonical(file.Value)))
                .Where(file => file.Text.Length > 0);
    }

    private static (string Name, Func<ServiceShape, ServiceSize> Size)[] Environments() =>
        [("development", shape => shape.Development), ("staging", shape => shape.Staging), ("production", shape => shape.Production)];

    // One document after the other, all in the same hand.
    private static string Canonical(string rendered)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(rendered));
        return string.Concat(stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>().Select(root => "---\n" + TemplateYaml.Write(root)));
    }

    private static string Base(IEnumerable<string> resources) => $"""
        # The chart with its default values. Overlays change sizes; more is changed by a patch of yours.
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        namespace: {Namespace}
        resources:
        {string.Join('\n', resources.Select(name => "  - " + name))}

        """;

    private static string Overlay(string environment, Func<ServiceShape, ServiceSize> size)
    {
        var text = new StringBuilder($"""
            # {environment}: replicas and resources. Pin every image by its digest: replace newTag by digest: sha256:...
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources:
              - ../../base
            labels:
              - pairs:
                  zakenak.io/environment: {environment}
            images:

            """);
        foreach (var image in ServiceShape.All.Select(shape => shape.Name).Append("cli"))
            text.Append($"  - name: zakenak/{image}\n    newTag: 0.1.0\n");

        text.Append("replicas:\n");
        foreach (var shape in ServiceShape.All.Where(shape => !shape.IsOneWriter))
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  - name: {WorkloadOf(shape)}\n    count: {size(shape).Replicas}\n");

        text.Append("patches:\n");
        foreach (var shape in ServiceShape.All)
            text.Append($"  - path: {shape.Name}.yaml\n");

        return text.ToString();
    }

    private static string Patch(ServiceShape shape, ServiceSize size, int guideSizeMiB)
    {
        var isModel = shape.Name == ServiceNames.ModelServer;
        var request = isModel ? (2 * guideSizeMiB) + size.MemoryMiB : size.MemoryMiB;
        var limit = isModel ? request : 2 * size.MemoryMiB;
        string Container(string name) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"""
                    - name: {name}
                      resources:
                        requests:
                          cpu: {size.CpuMilli}m
                          memory: {request}Mi
                        limits:
                          cpu: {4 * size.CpuMilli}m
                          memory: {limit}Mi

            """);
        return $"""
            apiVersion: apps/v1
            kind: {(shape.KeepsState ? "StatefulSet" : "Deployment")}
            metadata:
              name: {WorkloadOf(shape)}
            spec:
              template:
                spec:
                  containers:
            {Container(shape.Name)}
            """ + (isModel ? $"\n      initContainers:\n{Container("fetch")}" : "");
    }

    private static string WorkloadOf(ServiceShape shape) =>
        shape.Name == ServiceNames.ModelServer ? $"{shape.Name}-{GuideModel.Name}-{GuideModel.Version}"
        : shape.KeepsState ? $"{shape.Name}-stateful"
        : $"{shape.Name}-deployment";
}
