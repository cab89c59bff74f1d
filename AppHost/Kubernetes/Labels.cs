using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>The recommended labels. Three of them the publisher writes; those select pods and never change.</summary>
internal static class Labels
{
    public const string Component = "app.kubernetes.io/component";

    public static Dictionary<string, string> Selecting(string component) => new()
    {
        ["app.kubernetes.io/name"] = "{{ .Chart.Name }}",
        [Component] = component,
        ["app.kubernetes.io/instance"] = "{{ .Release.Name }}",
    };

    public static void Complete(KubernetesResource service)
    {
        var objects = new BaseKubernetesResource?[] { service.Workload, service.ConfigMap, service.Service }.OfType<BaseKubernetesResource>();
        foreach (var metadata in objects.Concat(service.AdditionalResources).Select(item => item.Metadata).Append(service.Workload!.PodTemplate.Metadata))
        {
            metadata.Labels["app.kubernetes.io/part-of"] = "zakenak";
            metadata.Labels["app.kubernetes.io/version"] = "{{ .Chart.AppVersion }}";
            metadata.Labels["app.kubernetes.io/managed-by"] = "{{ .Release.Service }}";
        }
    }
}
