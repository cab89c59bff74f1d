namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>The cheapest that is not busy, the least busy of equally cheap ones; the least busy of all when all are.</summary>
internal sealed class CostAware : IReplicaPolicy
{
    public PolicyName Name => PolicyName.CostAware;

    public int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options)
    {
        var (best, cost, least) = (-1, double.MaxValue, double.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var busyness = candidates[i].Busyness;
            var own = candidates[i].CostBy(options);
            if (busyness < options.BusyAt && (own < cost || (own == cost && busyness < least)))
                (best, cost, least) = (i, own, busyness);
        }

        return best < 0 ? LeastLoaded.Of(question, candidates) : best;
    }
}
