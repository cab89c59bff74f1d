namespace Zakenak.Gateway.Routing;

/// <summary>What is different for one model.</summary>
internal sealed class ModelRules
{
    /// <summary>How its replicas are chosen; null as for all.</summary>
    public PolicyName? Policy { get; set; }

    /// <summary>Models that answer in its place, in this order, when none of its replicas can. Never for a client that pinned a version.</summary>
    public IList<string> Fallbacks { get; init; } = [];
}
