namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ClusterRoleBinding</c>.</summary>
public sealed class ClusterRoleBinding() : BaseKubernetesResource("rbac.authorization.k8s.io/v1", "ClusterRoleBinding")
{
    public RoleRefV1 RoleRef { get; set; } = new();
    public List<SubjectV1> Subjects { get; } = [];
}
