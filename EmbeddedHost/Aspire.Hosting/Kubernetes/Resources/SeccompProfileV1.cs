namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>SeccompProfile</c>.</summary>
public sealed class SeccompProfileV1
{
    public string LocalhostProfile { get; set; } = null!;
    public string Type { get; set; } = null!;
}
