namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>RoleBinding</c>.</summary>
public sealed class RoleBinding() : BaseKubernetesResource("rbac.authorization.k8s.io/v1", "RoleBinding")
{
    public RoleRefV1 RoleRef { get; set; } = new();
    public List<SubjectV1> Subjects { get; } = [];
}
