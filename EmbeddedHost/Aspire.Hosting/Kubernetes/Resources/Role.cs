namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Role</c>.</summary>
public sealed class Role() : BaseKubernetesResource("rbac.authorization.k8s.io/v1", "Role")
{
    public List<PolicyRuleV1> Rules { get; } = [];
}
