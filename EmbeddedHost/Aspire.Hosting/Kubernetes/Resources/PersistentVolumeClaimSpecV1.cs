namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PersistentVolumeClaimSpec</c>.</summary>
public sealed class PersistentVolumeClaimSpecV1
{
    public string StorageClassName { get; set; } = null!;
    public string VolumeAttributesClassName { get; set; } = null!;
    public string VolumeMode { get; set; } = null!;
    public string VolumeName { get; set; } = null!;
    public LabelSelectorV1? Selector { get; set; }
    public List<string> AccessModes { get; } = [];
    public VolumeResourceRequirementsV1 Resources { get; set; } = new();
}
