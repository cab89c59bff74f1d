namespace Zakenak.Gateway.Limits.Leases;

/// <summary>A replica's sign of life in the store.</summary>
/// <param name="Replica">Its id.</param>
/// <param name="Beat">Another one with every exchange of any replica.</param>
/// <param name="Kept">How long after it nobody else may get what the replica has.</param>
internal readonly record struct ReplicaSign(Guid Replica, long Beat, TimeSpan Kept);
