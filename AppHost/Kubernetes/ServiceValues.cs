using System.Globalization;
using System.Text.Json;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>The knobs that every service has: image, size, settings, storage. Their defaults are the table of <see cref="ServiceShape"/>, staging.</summary>
internal static class ServiceValues
{
    public const string Quantity = """{ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(m|[kMGTPE]i?)?$" }""";

    /// <summary>The template of a service's pods.</summary>
    public static string WorkloadOf(ServiceShape shape) => $"{shape.Name}/{(shape.KeepsState ? "stateful" : "deployment")}.yaml";

    /// <summary>The image of a service: by digest wherever one is given.</summary>
    public static string ImageOf(ServiceShape shape) =>
        $"{{{{ .Values.images.repository }}}}/{shape.Name}{{{{ if .Values.{shape.Key}.imageDigest }}}}@{{{{ .Values.{shape.Key}.imageDigest }}}}{{{{ else }}}}:{{{{ .Values.images.tag }}}}{{{{ end }}}}";

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("images", "Where images come from.");
        values.Add("images.repository", "\"zakenak\"", "Registry and path before the service's name.", """{ "type": "string", "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$" }""");
        values.Add("images.tag", "\"0.1.0\"", "Tag of the services whose imageDigest is empty; pin digests in production.", """{ "type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$" }""");
        values.Add("images.pullPolicy", "\"IfNotPresent\"", "When the kubelet pulls.", """{ "enum": ["Always", "IfNotPresent", "Never"] }""");
        values.Add("images.pullSecrets", "[]", "Secrets to pull with, each as name: NAME.", """{ "type": "array", "items": { "type": "object", "required": ["name"], "additionalProperties": false, "properties": { "name": { "type": "string", "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" } } } }""");
        foreach (var shape in ServiceShape.All)
            AddService(chart, shape);
    }

    private static void AddService(ChartFiles chart, ServiceShape shape)
    {
        var (values, key) = (chart.Values, shape.Key);
        values.Describe(key, $"The {shape.Name}.");
        values.Add($"{key}.imageDigest", "\"\"", "Digest of its image, sha256:HEX; empty: the tag.", """{ "type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$" }""");
        values.Add($"{key}.settings", "{}", "Its further settings, as a tree of sections and keys; they win over the application model's. Never a secret.", """{ "type": "object", "propertyNames": { "pattern": "^[A-Za-z0-9]+(_[A-Za-z0-9]+)*$" } }""");
        AddSettings(chart, shape);
        AddSize(values, shape);

        var workload = chart.Template(WorkloadOf(shape));
        var pod = workload.Pod();
        pod.When("with $.Values.images.pullSecrets", ("imagePullSecrets", TemplateYaml.Helm("{{- toYaml . | nindent * }}")));
        if (shape.KeepsState)
            State.AddTo(chart, shape);
        if (!shape.IsOneWriter && shape.Name != ServiceNames.ModelServer)
        {
            values.Add($"{key}.replicas", shape.Staging.Replicas.ToString(CultureInfo.InvariantCulture), "How many pods run.", """{ "type": "integer", "minimum": 0, "maximum": 1000 }""");
            workload["spec"].Set("replicas", TemplateYaml.Helm($"{{{{ .Values.{key}.replicas | int }}}}"));
        }
    }

    private static void AddSettings(ChartFiles chart, ServiceShape shape) => chart.AddTemplate($"{shape.Name}/settings.yaml", $$$"""
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: {{{shape.Name}}}-settings
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            app.kubernetes.io/component: {{{shape.Name}}}
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        data:
          {{{Configuration.Overrides}}}: {{ toJson .Values.{{{shape.Key}}}.settings | quote }}
        """);

    private static void AddSize(ChartValues values, ServiceShape shape)
    {
        var (key, size) = (shape.Key, shape.Staging);
        values.Describe($"{key}.resources", "What a pod asks for, and may take.");
        foreach (var (kind, factor, memoryFactor) in new[] { ("requests", 1, 1), ("limits", 4, 2) })
        {
            values.Add($"{key}.resources.{kind}.cpu", Text($"{size.CpuMilli * factor}m"), "Processor time.", Quantity);

            // A model's memory follows from its size.
            if (shape.Name != ServiceNames.ModelServer)
                values.Add($"{key}.resources.{kind}.memory", Text($"{size.MemoryMiB * memoryFactor}Mi"), "Memory.", Quantity);
            values.Add($"{key}.resources.{kind}.ephemeralStorage", Text(kind == "requests" ? "64Mi" : "512Mi"), "Space on the node's disk.", Quantity);
        }
    }

    private static string Text(string text) => JsonSerializer.Serialize(text);
}
