namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ProjectedVolumeSource</c>.</summary>
public sealed class ProjectedVolumeSourceV1
{
    public int? DefaultMode { get; set; }
    public List<VolumeProjectionV1> Sources { get; } = [];
}
