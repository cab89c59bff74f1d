namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>DownwardApiVolumeFile</c>.</summary>
public sealed class DownwardApiVolumeFileV1
{
    public ObjectFieldSelectorV1? FieldRef { get; set; }
    public int? Mode { get; set; }
    public string Path { get; set; } = null!;
}
