namespace Zakenak.Gateway.Routing;

/// <summary>How the replica of a request is chosen.</summary>
internal enum PolicyName
{
    /// <summary>The replica that knows the prompt's beginning, unless it is that much busier than the least busy.</summary>
    Balanced,

    /// <summary>The least busy one.</summary>
    LeastLoaded,

    /// <summary>The replica that knows the prompt's beginning, unless it has more than its share of requests.</summary>
    PrefixAffinity,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>Any.</summary>
    Random,

    /// <summary>The cheapest that is not busy.</summary>
    CostAware,

    /// <summary>The least busy one; a fallback of the model as soon as all of its own replicas are busy.</summary>
    QualityFirst,
}
