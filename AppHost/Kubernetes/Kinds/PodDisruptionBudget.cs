using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes.Kinds;

/// <summary>How many pods may be away on purpose; the publisher has no such kind.</summary>
internal sealed class PodDisruptionBudget() : BaseKubernetesResource("policy/v1", "PodDisruptionBudget")
{
    public PodDisruptionBudgetSpec Spec { get; } = new();
}

/// <summary>Pods, and the bound.</summary>
internal sealed class PodDisruptionBudgetSpec
{
    public int MaxUnavailable { get; set; } = 1;

    /// <summary>A pod that isn't ready anyway must not keep a node from being emptied.</summary>
    public string UnhealthyPodEvictionPolicy { get; } = "AlwaysAllow";

    public LabelSelectorV1 Selector { get; set; } = new();
}
