namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>PodAffinity</c>.</summary>
public sealed class PodAffinityV1;
