namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ServiceAccountTokenProjection</c>.</summary>
public sealed class ServiceAccountTokenProjectionV1
{
    public string? Audience { get; set; }
    public long? ExpirationSeconds { get; set; }
    public string Path { get; set; } = null!;
}
