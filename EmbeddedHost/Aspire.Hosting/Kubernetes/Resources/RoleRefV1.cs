namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>RoleRef</c>.</summary>
public sealed class RoleRefV1
{
    public string Kind { get; set; } = null!;
    public string Name { get; set; } = null!;
    public string ApiGroup { get; set; } = null!;
}
