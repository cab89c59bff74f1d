using System.Text.RegularExpressions;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>
/// The pods that serve models, a Deployment for each version, so that one can be tried beside another. An init container fetches and verifies the
/// version; the server, which verifies it again, can only read it.
/// </summary>
internal static partial class ModelPods
{
    private const string Version = "zakenak.io/model-version";
    private const string Folder = PodPaths.Models + "/{{ .name }}/{{ .version }}";
    private const string Template = ServiceNames.ModelServer + "/deployment.yaml";

    // Code, KV cache and buffers of the engine beside the model itself.
    private const int OverheadMiB = 1024;

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var deployment = (Deployment)service.Workload!;
        var pod = deployment.PodTemplate.Spec;
        deployment.Spec.Selector.MatchLabels[Version] = "{{ .name }}-{{ .version }}";
        deployment.PodTemplate.Metadata.Labels[Version] = "{{ .name }}-{{ .version }}";
        deployment.Metadata.Labels[Version] = "{{ .name }}-{{ .version }}";

        // Every pod has an address of its own: the gateway chooses among them.
        service.Service!.Spec.ClusterIp = "None";

        var server = pod.Containers[0];
        server.Env.Add(new() { Name = "Model__Name", Value = "{{ .name }}" });
        server.Env.Add(new() { Name = "Model__Version", Value = "{{ .version }}" });
        server.Env.Add(new() { Name = "Model__Directory", Value = Folder });
        server.VolumeMounts.Add(new() { Name = "models", MountPath = PodPaths.Models, ReadOnly = true });

        var fetch = new ContainerV1
        {
            Name = "fetch",
            Image = server.Image,
            ImagePullPolicy = server.ImagePullPolicy,
            Args = { "fetch", "--model", "{{ .name }}:{{ .version }}", "--dest", Folder },
            SecurityContext = server.SecurityContext,
            Resources = new(),
        };
        fetch.Env.AddRange(server.Env.Where(variable => !variable.Name.StartsWith("Model__", StringComparison.Ordinal)));
        fetch.VolumeMounts.AddRange(server.VolumeMounts.Where(mount => mount.Name != "models"));
        fetch.VolumeMounts.Add(new() { Name = "models", MountPath = PodPaths.Models, ReadOnly = false });
        pod.InitContainers.Add(fetch);
        pod.Volumes.Add(new() { Name = "models", EmptyDir = new() { Medium = "Memory", SizeLimit = "{{ add .sizeMiB 64 }}Mi" } });

        server.Resources!.Requests["memory"] = server.Resources.Limits["memory"] = $"{{{{ add (mul .sizeMiB 2) $.Values.{shape.Key}.overheadMiB }}}}Mi";
        foreach (var (from, to) in new[] { (server.Resources.Requests, fetch.Resources.Requests), (server.Resources.Limits, fetch.Resources.Limits) })
        {
            foreach (var (name, amount) in from)
                to[name] = amount;
        }
    }

    /// <summary>One Deployment for each version, its accelerator, and where the model lies.</summary>
    public static void AddTo(ChartFiles chart, string model, string version, int sizeMiB)
    {
        AddValues(chart.Values, model, version, sizeMiB);
        var workload = chart.Template(Template);
        workload["metadata"].Set("name", TemplateYaml.Text(ServiceNames.ModelServer + "-{{ .name }}-{{ .version }}"));
        workload["spec"].Set("replicas", TemplateYaml.Helm("{{ .replicas | int }}"));
        var pod = workload.Pod();
        AddDigest(pod);
        AddCache(chart, pod);
        AddAccelerator(pod);
    }

    /// <summary>Comes after whatever changes the pods' template: turns it into one for each version.</summary>
    public static void RepeatForVersions(ChartFiles chart)
    {
        // Inside a range the dot is the version: what the publisher wrote means the whole.
        chart.Replace(Template, text => "{{- range $.Values.modelServer.versions }}\n---\n" + DotPattern().Replace(text, "$$$1") + "{{- end }}\n");
    }

    private static void AddValues(ChartValues values, string model, string version, int sizeMiB)
    {
        values.Add("modelServer.versions", $$"""[{ "name": "{{model}}", "version": "{{version}}", "digest": "", "replicas": {{ServiceShape.Of(ServiceNames.ModelServer).Staging.Replicas}}, "sizeMiB": {{sizeMiB}} }]""",
            "The versions that are served, a Deployment each: name, version, model digest (sha256:HEX pins it), replicas, size of its files in MiB.",
            """
            {
              "type": "array",
              "items": {
                "type": "object", "additionalProperties": false, "required": ["name", "version", "replicas", "sizeMiB"],
                "properties": {
                  "name": { "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" },
                  "version": { "type": "string", "pattern": "^v[0-9]{1,9}$" },
                  "digest": { "type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$" },
                  "replicas": { "type": "integer", "minimum": 0, "maximum": 1000 },
                  "sizeMiB": { "type": "integer", "minimum": 1, "maximum": 999999 }
                }
              }
            }
            """);
        values.Add("modelServer.overheadMiB", $"{OverheadMiB}", "Memory of a pod beside the model, which is there twice: in the volume and, sealed, in the server. More context needs more.", """{ "type": "integer", "minimum": 256, "maximum": 999999 }""");
        values.Describe("modelServer.cache", "Models on a volume instead of in memory: a pod that is started again need not fetch.");
        values.Add("modelServer.cache.enabled", "false", "Whether each version has a PersistentVolumeClaim; the server itself can only read it.", """{ "type": "boolean" }""");
        values.Add("modelServer.cache.className", "\"\"", "Its storage class; empty: the cluster's default.", Provided.NameOrNone);
        values.Add("modelServer.cache.accessMode", "\"ReadWriteOnce\"", "ReadWriteMany where pods of a version run on several nodes.", """{ "enum": ["ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod"] }""");
        values.Describe("modelServer.accelerator", "GPUs.");
        values.Add("modelServer.accelerator.enabled", "false", "Whether pods get an accelerator; all layers are placed on it.", """{ "type": "boolean" }""");
        values.Add("modelServer.accelerator.resource", "\"nvidia.com/gpu\"", "What the device plugin calls it; a MIG profile is named e.g. nvidia.com/mig-1g.10gb.", """{ "type": "string", "pattern": "^[a-z0-9.-]+/[A-Za-z0-9._-]+$" }""");
        values.Add("modelServer.accelerator.count", "1", "How many of them a pod gets.", """{ "type": "integer", "minimum": 1, "maximum": 16 }""");
        values.Add("modelServer.accelerator.runtimeClass", "\"\"", "RuntimeClass of pods with an accelerator, e.g. nvidia; empty: the default.", Provided.NameOrNone);
        values.Add("modelServer.nodeSelector", "{}", "Labels of the nodes that may run these pods.", """{ "type": "object", "additionalProperties": { "type": "string" } }""");
        values.Add("modelServer.tolerations", "[]", "Taints that these pods tolerate.", """{ "type": "array", "items": { "type": "object" } }""");
    }

    private static void AddDigest(YamlNode pod)
    {
        foreach (var container in pod.Containers())
        {
            ((YamlSequenceNode)container["env"]).Add(YamlTreeExtensions.ItemsWhen("if .digest", TemplateYaml.Node("""
                name: "Model__Digest"
                value: "{{ .digest }}"
                """)));
        }
    }

    private static void AddCache(ChartFiles chart, YamlNode pod)
    {
        const string Claim = ServiceNames.ModelServer + "-models-{{ .name }}-{{ .version }}";
        pod["volumes"].ReplaceNamed(
            "models",
            YamlTreeExtensions.ItemsWhen("if $.Values.modelServer.cache.enabled", TemplateYaml.Node($"""
                name: "models"
                persistentVolumeClaim:
                  claimName: "{Claim}"
                """)),
            YamlTreeExtensions.ItemsWhen("if not $.Values.modelServer.cache.enabled", pod["volumes"].Named("models")));
        chart.AddTemplate($"{ServiceNames.ModelServer}/models.yaml", $$$"""
            {{- if .Values.modelServer.cache.enabled }}
            {{- range .Values.modelServer.versions }}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: "{{{Claim}}}"
              labels:
                app.kubernetes.io/name: "{{ $.Chart.Name }}"
                app.kubernetes.io/component: {{{ServiceNames.ModelServer}}}
                app.kubernetes.io/instance: "{{ $.Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            spec:
              accessModes:
                - "{{ $.Values.modelServer.cache.accessMode }}"
              {{- with $.Values.modelServer.cache.className }}
              storageClassName: "{{ . }}"
              {{- end }}
              resources:
                requests:
                  storage: "{{ add (mul .sizeMiB 2) 64 }}Mi"
            {{- end }}
            {{- end }}
            """);
    }

    private static void AddAccelerator(YamlNode pod)
    {
        const string Enabled = "if $.Values.modelServer.accelerator.enabled";
        var server = ((YamlSequenceNode)pod["containers"])[0];
        foreach (var kind in new[] { "requests", "limits" })
            server["resources"][kind].When(Enabled, ("\"{{ $.Values.modelServer.accelerator.resource }}\"", TemplateYaml.Text("{{ $.Values.modelServer.accelerator.count | int }}")));

        ((YamlSequenceNode)server["env"]).Add(YamlTreeExtensions.ItemsWhen(Enabled, TemplateYaml.Node("""
            name: "Engine__GpuLayers"
            value: "9999"
            """)));
        pod.When("if and $.Values.modelServer.accelerator.enabled $.Values.modelServer.accelerator.runtimeClass",
            ("runtimeClassName", TemplateYaml.Text("{{ $.Values.modelServer.accelerator.runtimeClass }}")));
        pod.When("with $.Values.modelServer.nodeSelector", ("nodeSelector", TemplateYaml.Helm("{{- toYaml . | nindent * }}")));
        pod.When("with $.Values.modelServer.tolerations", ("tolerations", TemplateYaml.Helm("{{- toYaml . | nindent * }}")));
    }

    [GeneratedRegex(@"(?<![$\w)])(\.(?:Values|Release|Chart)\.)")]
    private static partial Regex DotPattern();
}
