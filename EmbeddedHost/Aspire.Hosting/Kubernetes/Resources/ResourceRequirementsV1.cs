namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>ResourceRequirements</c>.</summary>
public sealed class ResourceRequirementsV1
{
    public Dictionary<string, string> Limits { get; } = [];
    public Dictionary<string, string> Requests { get; } = [];
}
