namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>RollingUpdateStatefulSetStrategy</c>.</summary>
public sealed class RollingUpdateStatefulSetStrategyV1
{
    public int? MaxUnavailable { get; set; }
    public int? Partition { get; set; }
}
