namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>SecretVolumeSource</c>.</summary>
public sealed class SecretVolumeSourceV1
{
    public int? DefaultMode { get; set; }
    public string SecretName { get; set; } = null!;
    public bool? Optional { get; set; }
    public List<KeyToPathV1> Items { get; } = [];
}
