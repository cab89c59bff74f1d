namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>One way to choose among replicas. Without state: the same question about the same replicas has the same answer.</summary>
internal interface IReplicaPolicy
{
    PolicyName Name { get; }

    /// <summary>Whether it looks at the prompt's beginning, which else needs no hash.</summary>
    bool TakesPrefix => false;

    /// <summary>Index of the chosen one. Allocates nothing.</summary>
    /// <param name="question">The request.</param>
    /// <param name="candidates">Replicas that may be asked; never empty, in the order of configuration.</param>
    /// <param name="options">In force for this choice.</param>
    int Choose(in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates, RoutingOptions options);
}
