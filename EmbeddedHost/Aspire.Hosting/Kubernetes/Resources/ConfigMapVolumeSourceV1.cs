namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ConfigMapVolumeSource</c>.</summary>
public sealed class ConfigMapVolumeSourceV1
{
    public int? DefaultMode { get; set; }
    public string Name { get; set; } = null!;
    public bool? Optional { get; set; }
    public List<KeyToPathV1> Items { get; } = [];
}
