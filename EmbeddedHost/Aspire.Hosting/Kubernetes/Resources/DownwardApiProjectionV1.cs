namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>DownwardApiProjection</c>.</summary>
public sealed class DownwardApiProjectionV1
{
    public List<DownwardApiVolumeFileV1> Items { get; } = [];
}
