namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>TopologySpreadConstraint</c>.</summary>
public sealed class TopologySpreadConstraintV1
{
    public string? WhenUnsatisfiable { get; set; }
    public LabelSelectorV1 LabelSelector { get; set; } = new();
    public List<string> MatchLabelKeys { get; } = [];
    public int? MinDomains { get; set; }
    public int? MaxSkew { get; set; }
    public string? NodeAffinityPolicy { get; set; }
    public string? NodeTaintsPolicy { get; set; }
    public string? TopologyKey { get; set; }
}
