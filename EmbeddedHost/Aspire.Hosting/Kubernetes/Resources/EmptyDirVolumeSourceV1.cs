namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>EmptyDirVolumeSource</c>.</summary>
public sealed class EmptyDirVolumeSourceV1
{
    public string? Medium { get; set; }
    public string? SizeLimit { get; set; }
}
