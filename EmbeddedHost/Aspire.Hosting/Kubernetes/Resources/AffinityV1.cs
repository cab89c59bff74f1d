namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Affinity</c>.</summary>
public sealed class AffinityV1
{
    public PodAntiAffinityV1 PodAntiAffinity { get; set; } = new();
}
