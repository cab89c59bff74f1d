namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ClusterRole</c>.</summary>
public sealed class ClusterRole() : BaseKubernetesResource("rbac.authorization.k8s.io/v1", "ClusterRole")
{
    public List<PolicyRuleV1> Rules { get; } = [];
}
