namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>One after the other.</summary>
internal sealed class RoundRobin : IReplicaPolicy
{
    public PolicyName Name => PolicyName.RoundRobin;

    public int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options) =>
        (int)(question.Turn % (uint)candidates.Length);
}
