namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>NodeAffinity</c>. As Aspire makes it, it names no node, which an API server refuses: leave it out.</summary>
public sealed class NodeAffinityV1
{
    public NodeSelectorV1 RequiredDuringSchedulingIgnoredDuringExecution { get; set; } = new();
}
