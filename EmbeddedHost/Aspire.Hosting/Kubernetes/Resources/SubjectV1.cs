namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Subject</c>.</summary>
public sealed class SubjectV1
{
    public string Kind { get; set; } = null!;
    public string Name { get; set; } = null!;
    public string Namespace { get; set; } = null!;
    public string ApiGroup { get; set; } = null!;
}
