using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.Kubernetes;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>A service's settings: the application model's in one ConfigMap, those of whoever installs in another that comes second. Never a secret.</summary>
internal static class Configuration
{
    /// <summary>The name by which clients know the gateway.</summary>
    public const string EdgeHost = "{{ .Values.edge.host }}";

    // What a publisher adds of its own: our services listen, trust proxies and report by settings of theirs.
    private static readonly string[] _notOurs = ["ASPNETCORE_", "OTEL_", "HTTP_PORTS", "HTTPS_PORTS", "services__"];

    public static void Apply(KubernetesResource service, ServiceShape shape)
    {
        var settings = service.ConfigMap!.Data;
        foreach (var name in settings.Keys.Where(key => _notOurs.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))).ToArray())
            settings.Remove(name);

        // The runtime would open a socket for debuggers.
        settings["DOTNET_EnableDiagnostics"] = "0";
        settings["Listen__Address"] = "0.0.0.0";
        service.ConfigMap.Metadata.Labels["app.kubernetes.io/component"] = shape.Name;

        var container = service.Workload!.PodTemplate.Spec.Containers[0];
        container.EnvFrom.Add(new() { ConfigMapRef = new() { Name = $"{shape.Name}-settings" } });
        container.Env.Add(new() { Name = "Service__Namespace", ValueFrom = new() { FieldRef = new() { FieldPath = "metadata.namespace" } } });
        service.Workload.PodTemplate.Metadata.Annotations["checksum/settings"] = $"{{{{ toJson .Values.{shape.Key}.settings | sha256sum }}}}";
    }

    /// <summary>A pod that was started with other settings is another pod.</summary>
    public static void AddTo(ChartFiles chart)
    {
        foreach (var shape in ServiceShape.All)
        {
            var annotations = chart.Template(ServiceValues.WorkloadOf(shape))["spec"]["template"]["metadata"]["annotations"];
            var settings = string.Concat(((YamlMappingNode)chart.Template($"{shape.Name}/config.yaml")["data"]).Select(item => $"{item.Key}={item.Value}\n").Order(StringComparer.Ordinal));
            annotations.Set("checksum/config", TemplateYaml.Text(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)))));

            // The one value that settings of the application model hold.
            if (settings.Contains(EdgeHost, StringComparison.Ordinal))
                annotations.Set("checksum/host", TemplateYaml.Text("{{ .Values.edge.host | sha256sum }}"));
        }
    }
}
