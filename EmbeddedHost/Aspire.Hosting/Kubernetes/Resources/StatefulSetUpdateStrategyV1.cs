namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>StatefulSetUpdateStrategy</c>.</summary>
public sealed class StatefulSetUpdateStrategyV1
{
    public RollingUpdateStatefulSetStrategyV1? RollingUpdate { get; set; }
    public string Type { get; set; } = "RollingUpdate";
}
