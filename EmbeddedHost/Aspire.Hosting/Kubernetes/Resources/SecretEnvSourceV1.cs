namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>SecretEnvSource</c>.</summary>
public sealed class SecretEnvSourceV1
{
    public string Name { get; set; } = null!;
    public bool? Optional { get; set; } = null!;
}
