namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>EnvFromSource</c>.</summary>
public sealed class EnvFromSourceV1
{
    public ConfigMapEnvSourceV1? ConfigMapRef { get; set; }
    public SecretEnvSourceV1? SecretRef { get; set; }
    public string? Prefix { get; set; }
}
