namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>
/// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2018): the prompt's first replica that has less than
/// <see cref="RoutingOptions.LoadFactor"/> times the mean, so a prompt that everybody sends spreads over as many as it needs.
/// </summary>
internal sealed class PrefixAffinity : IReplicaPolicy
{
    public PolicyName Name => PolicyName.PrefixAffinity;

    public bool TakesPrefix => true;

    public int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options)
    {
        if (question.Prefix == 0)
            return LeastLoaded.Of(question, candidates);
        long requests = 1;
        foreach (var server in candidates)
            requests += server.Requests;
        var bound = Bound(requests, candidates.Length, options.LoadFactor);
        var (best, weight) = (-1, 0UL);
        for (var i = 0; i < candidates.Length; i++)
        {
            var own = Rendezvous.Weight(question.Prefix, candidates[i]);
            if (own >= weight && candidates[i].Requests < bound)
                (best, weight) = (i, own);
        }

        // One of them is always below the bound; a report that came in between can hide that.
        return best < 0 ? LeastLoaded.Of(question, candidates) : best;
    }

    /// <summary>Most requests of one replica, when there are so many of all.</summary>
    public static long Bound(long requests, int replicas, double factor) => (long)Math.Ceiling(factor * requests / replicas);
}
