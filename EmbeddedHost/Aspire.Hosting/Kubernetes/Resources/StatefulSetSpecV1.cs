namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>StatefulSetSpec</c>.</summary>
public sealed class StatefulSetSpecV1
{
    public string ServiceName { get; set; } = null!;
    public PodTemplateSpecV1 Template { get; set; } = new();
    public LabelSelectorV1 Selector { get; set; } = new();
    public int? MinReadySeconds { get; set; }
    public int? Replicas { get; set; }
    public List<PersistentVolumeClaim> VolumeClaimTemplates { get; } = [];
    public int? RevisionHistoryLimit { get; set; }
    public string? PodManagementPolicy { get; set; }
    public StatefulSetUpdateStrategyV1? UpdateStrategy { get; set; }
}
