namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ConfigMapEnvSource</c>.</summary>
public sealed class ConfigMapEnvSourceV1
{
    public string Name { get; set; } = null!;
    public bool? Optional { get; set; }
}
