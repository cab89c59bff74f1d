namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PersistentVolumeClaim</c>.</summary>
public sealed class PersistentVolumeClaim() : BaseKubernetesResource("v1", "PersistentVolumeClaim")
{
    public PersistentVolumeClaimSpecV1 Spec { get; set; } = new();
}
