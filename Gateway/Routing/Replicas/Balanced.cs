namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>Weighs what a replica that knows the prompt saves against how much busier it is. The longer the prompt, the more is saved.</summary>
internal sealed class Balanced : IReplicaPolicy
{
    public PolicyName Name => PolicyName.Balanced;

    public bool TakesPrefix => true;

    public int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options)
    {
        var least = LeastLoaded.Of(question, candidates);
        if (question.Prefix == 0)
            return least;
        var (home, weight) = (0, 0UL);
        for (var i = 0; i < candidates.Length; i++)
        {
            var own = Rendezvous.Weight(question.Prefix, candidates[i]);
            if (own >= weight)
                (home, weight) = (i, own);
        }

        var worth = options.PrefixWorth * Math.Min(1, question.Bytes / (double)options.PrefixBytes);
        return candidates[home].Busyness - candidates[least].Busyness <= worth ? home : least;
    }
}
