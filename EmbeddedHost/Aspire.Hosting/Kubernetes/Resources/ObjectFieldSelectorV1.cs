namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ObjectFieldSelector</c>.</summary>
public sealed class ObjectFieldSelectorV1
{
    public string FieldPath { get; set; } = null!;
    public string ApiVersion { get; set; } = null!;
}
