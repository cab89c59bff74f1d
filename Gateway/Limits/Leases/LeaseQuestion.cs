namespace Zakenak.Gateway.Limits.Leases;

/// <summary>What a replica tells the store of leases.</summary>
/// <param name="Replica">Its id.</param>
/// <param name="Kept">How long after it falls silent nobody else may get what it has.</param>
/// <param name="Asks">What it gives and wants.</param>
/// <param name="Lost">Other replicas that were silent for so long, with the last sign of each: what they had is free, unless they have made another since.</param>
/// <param name="Silent">Those that are silent for long enough to want nothing.</param>
internal sealed record LeaseQuestion(Guid Replica, TimeSpan Kept, IReadOnlyList<SliceAsk> Asks, IReadOnlyList<ReplicaSign> Lost, IReadOnlyList<Guid> Silent);
