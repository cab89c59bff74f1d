namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ConfigMap</c>.</summary>
public sealed class ConfigMap() : BaseKubernetesResource("v1", "ConfigMap")
{
    public Dictionary<string, string> BinaryData { get; } = [];
    public Dictionary<string, string> Data { get; } = [];
    public bool? Immutable { get; set; }
}
