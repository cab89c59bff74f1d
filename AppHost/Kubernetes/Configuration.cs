using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>
/// A service's settings, as read-only files in one folder: the application model's in <see cref="File"/>, those of whoever installs in
/// <see cref="Overrides"/>, which win. Never a secret.
/// </summary>
internal static partial class Configuration
{
    /// <summary>The name by which clients know the gateway.</summary>
    public const string EdgeHost = "{{ .Values.edge.host }}";

    /// <summary>See the services' <c>Service:SettingsFile</c>.</summary>
    public const string File = "appsettings.json";

    public const string Overrides = "overrides.json";

    /// <summary>
    /// What the runtime of every service is told. No socket for debuggers. And few heaps of the C library's, which else gives most threads one: connections
    /// with TLS that come and go leave each of them as large as the busiest moment (ten minutes of them: a gateway of 450 MiB in place of 400).
    /// </summary>
    public static readonly IReadOnlyList<(string Name, string Value)> Runtime = [("DOTNET_EnableDiagnostics", "0"), ("MALLOC_ARENA_MAX", "2")];

    // What a publisher adds of its own: our services listen, trust proxies and report by settings of theirs.
    private static readonly string[] _notOurs = ["ASPNETCORE_", "OTEL_", "HTTP_PORTS", "HTTPS_PORTS", "services__"];

    /// <summary>A setting that is a list or a tree: the value of that name, as JSON.</summary>
    public static string Json(string value) => $"{{{{ toJson .Values.{value} }}}}";

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var settings = service.ConfigMap!.Data;
        foreach (var name in settings.Keys.Where(key => _notOurs.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))).ToArray())
            settings.Remove(name);

        settings["Listen__Address"] = "0.0.0.0";
        service.ConfigMap.Metadata.Labels["app.kubernetes.io/component"] = shape.Name;

        var pod = service.Workload!.PodTemplate.Spec;
        var container = pod.Containers[0];
        container.EnvFrom.Clear();

        container.Env.AddRange(Runtime.Select(variable => new EnvVarV1 { Name = variable.Name, Value = variable.Value }));
        container.Env.Add(new() { Name = "Service__Namespace", ValueFrom = new() { FieldRef = new() { FieldPath = "metadata.namespace" } } });
        pod.Volumes.Add(new()
        {
            Name = "settings",
            Projected = new() { DefaultMode = Volumes.OwnerReads, Sources = { OneFile(service.ConfigMap.Metadata.Name!, File), OneFile($"{shape.Name}-settings", Overrides) } },
        });
        Volumes.Mount(pod, "settings", PodPaths.Settings);
        service.Workload.PodTemplate.Metadata.Annotations["checksum/settings"] = $"{{{{ toJson .Values.{shape.Key}.settings | sha256sum }}}}";
    }

    /// <summary>Turns what the publisher wrote as environment into the file; a pod that was started with other settings is another pod.</summary>
    public static void AddTo(ChartFiles chart)
    {
        foreach (var shape in ServiceShape.All)
        {
            var config = chart.Template($"{shape.Name}/config.yaml");
            var json = SettingsJson.Of(((YamlMappingNode)config["data"]).Select(item => (((YamlScalarNode)item.Key).Value!, ((YamlScalarNode)item.Value).Value!)));
            json = QuotedPattern().Replace(json, "$1");
            config.Set("data", new YamlMappingNode(new YamlScalarNode(File), TemplateYaml.Block(json)));

            var annotations = chart.Template(ServiceValues.WorkloadOf(shape))["spec"]["template"]["metadata"]["annotations"];
            annotations.Set("checksum/config", TemplateYaml.Text(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))));

            // Values that settings of the application model hold.
            if (json.Contains(EdgeHost, StringComparison.Ordinal))
                annotations.Set("checksum/host", TemplateYaml.Text("{{ .Values.edge.host | sha256sum }}"));
            foreach (var value in QuotelessPattern().Matches(json).Select(match => match.Groups[1].Value))
                annotations.Set($"checksum/{value.Split('.')[^1]}", TemplateYaml.Text($"{{{{ toJson .Values.{value} | sha256sum }}}}"));
        }
    }

    private static VolumeProjectionV1 OneFile(string configMap, string file) => new() { ConfigMap = new() { Name = configMap, Items = { new() { Key = file, Path = file } } } };

    // JSON is no text within JSON.
    [GeneratedRegex("\"(\\{\\{ toJson [^\"}]+\\}\\})\"")]
    private static partial Regex QuotedPattern();

    [GeneratedRegex("\\{\\{ toJson \\.Values\\.([A-Za-z.]+) \\}\\}")]
    private static partial Regex QuotelessPattern();
}
