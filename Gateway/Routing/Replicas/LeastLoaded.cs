namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>The least busy, in turn among equals.</summary>
/// <param name="name">Quality first differs in the choice of the model only.</param>
internal sealed class LeastLoaded(PolicyName name) : IReplicaPolicy
{
    public PolicyName Name => name;

    public int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options) => Of(question, candidates);

    public static int Of(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates)
    {
        var at = (int)(question.Turn % (uint)candidates.Length);
        var (best, least) = (at, double.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var busyness = candidates[at].Busyness;
            if (busyness < least)
                (best, least) = (at, busyness);
            if (++at == candidates.Length)
                at = 0;
        }

        return best;
    }
}
