namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>VolumeResourceRequirements</c>.</summary>
public sealed class VolumeResourceRequirementsV1
{
    public Dictionary<string, string> Limits { get; } = [];
    public Dictionary<string, string> Requests { get; } = [];
}
