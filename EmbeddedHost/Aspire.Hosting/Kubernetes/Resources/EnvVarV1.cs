namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>EnvVar</c>.</summary>
public sealed class EnvVarV1
{
    public string Name { get; set; } = null!;
    public string Value { get; set; } = null!;
    public EnvVarSourceV1? ValueFrom { get; set; }
}
