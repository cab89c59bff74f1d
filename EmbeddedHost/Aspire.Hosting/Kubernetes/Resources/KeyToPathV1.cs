namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>KeyToPath</c>.</summary>
public sealed class KeyToPathV1
{
    public int? Mode { get; set; }
    public string Path { get; set; } = null!;
    public string Key { get; set; } = null!;
}
