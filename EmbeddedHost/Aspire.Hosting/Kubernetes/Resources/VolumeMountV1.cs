namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>VolumeMount</c>.</summary>
public sealed class VolumeMountV1
{
    public string Name { get; set; } = null!;
    public string MountPath { get; set; } = null!;
    public string SubPath { get; set; } = null!;
    public string? MountPropagation { get; set; }
    public string? SubPathExpr { get; set; }
    public bool? ReadOnly { get; set; }
    public string? RecursiveReadOnly { get; set; }
}
