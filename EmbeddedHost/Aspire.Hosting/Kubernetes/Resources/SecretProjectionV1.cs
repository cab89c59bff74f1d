namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>SecretProjection</c>.</summary>
public sealed class SecretProjectionV1
{
    public List<KeyToPathV1> Items { get; } = [];
    public string Name { get; set; } = null!;
    public bool? Optional { get; set; }
}
