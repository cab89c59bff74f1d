namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Secret</c>.</summary>
public sealed class Secret() : BaseKubernetesResource("v1", "Secret")
{
    public Dictionary<string, string> Data { get; } = [];
    public Dictionary<string, string> StringData { get; } = [];
    public bool? Immutable { get; set; } = null!;
    public string Type { get; set; } = "Opaque";
}
