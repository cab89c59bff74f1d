namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ServiceAccount</c>.</summary>
public sealed class ServiceAccountV1() : BaseKubernetesResource("v1", "ServiceAccount");
