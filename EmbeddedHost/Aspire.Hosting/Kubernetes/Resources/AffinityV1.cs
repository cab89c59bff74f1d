namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Affinity</c>.</summary>
public sealed class AffinityV1
{
    public NodeAffinityV1 NodeAffinity { get; set; } = new();
    public PodAffinityV1 PodAffinity { get; set; } = new();
    public PodAntiAffinityV1 PodAntiAffinity { get; set; } = new();
}
