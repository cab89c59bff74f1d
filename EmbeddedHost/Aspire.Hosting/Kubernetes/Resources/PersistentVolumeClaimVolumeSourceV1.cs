namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PersistentVolumeClaimVolumeSource</c>.</summary>
public sealed class PersistentVolumeClaimVolumeSourceV1
{
    public string ClaimName { get; set; } = null!;
    public bool? ReadOnly { get; set; }
}
