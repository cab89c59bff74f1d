namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>LocalObjectReference</c>.</summary>
public sealed class LocalObjectReferenceV1
{
    public string Name { get; set; } = null!;
}
