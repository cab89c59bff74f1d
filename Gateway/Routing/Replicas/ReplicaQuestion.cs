namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>What a policy knows of a request.</summary>
/// <param name="Prefix">Hash of how its prompt begins, and of who may share that; 0 where nothing can be shared.</param>
/// <param name="Bytes">Of the whole request.</param>
/// <param name="Turn">Number of the choice.</param>
internal readonly record struct ReplicaQuestion(ulong Prefix, int Bytes, uint Turn);
