namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>RollingUpdateDeployment</c>.</summary>
public sealed class RollingUpdateDeploymentV1
{
    public int MaxSurge { get; set; }
    public int MaxUnavailable { get; set; }
}
