namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Volume</c>.</summary>
public sealed class VolumeV1
{
    public string Name { get; set; } = null!;
    public PersistentVolumeClaimVolumeSourceV1? PersistentVolumeClaim { get; set; }
    public ConfigMapVolumeSourceV1? ConfigMap { get; set; }
    public EmptyDirVolumeSourceV1? EmptyDir { get; set; }
    public SecretVolumeSourceV1? Secret { get; set; }
    public ProjectedVolumeSourceV1? Projected { get; set; }
}
