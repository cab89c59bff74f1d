namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>WeightedPodAffinityTerm</c>.</summary>
public sealed class WeightedPodAffinityTermV1
{
    public PodAffinityTermV1 PodAffinityTerm { get; set; } = new();
    public int Weight { get; set; }
}
