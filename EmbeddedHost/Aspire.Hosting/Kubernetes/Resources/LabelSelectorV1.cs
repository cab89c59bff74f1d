namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>LabelSelector</c>.</summary>
public sealed class LabelSelectorV1
{
    public LabelSelectorV1()
    {
    }

    public LabelSelectorV1(Dictionary<string, string> matchLabels)
    {
        MatchLabels = matchLabels;
    }

    public List<LabelSelectorRequirementV1> MatchExpressions { get; set; } = [];
    public Dictionary<string, string> MatchLabels { get; set; } = [];
}
