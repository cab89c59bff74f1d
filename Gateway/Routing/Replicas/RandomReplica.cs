namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>Any; which one follows from the seed and the number of the choice.</summary>
internal sealed class RandomReplica : IReplicaPolicy
{
    public PolicyName Name => PolicyName.Random;

    public int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options) =>
        (int)(StableHash.Mix(options.Seed ^ ((ulong)question.Turn << 32)) % (uint)candidates.Length);
}
