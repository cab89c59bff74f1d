namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Service</c>.</summary>
public sealed class Service() : BaseKubernetesResource("v1", "Service")
{
    public ServiceSpecV1 Spec { get; set; } = new();
}
