namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>LabelSelectorRequirement</c>.</summary>
public sealed class LabelSelectorRequirementV1
{
    public string Operator { get; set; } = null!;
    public List<string> Values { get; } = [];
    public string Key { get; set; } = null!;
}
