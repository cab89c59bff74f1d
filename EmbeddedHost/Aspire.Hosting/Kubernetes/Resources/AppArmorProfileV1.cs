namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>AppArmorProfile</c>.</summary>
public sealed class AppArmorProfileV1
{
    public string LocalhostProfile { get; set; } = null!;
    public string Type { get; set; } = null!;
}
