namespace Zakenak.Gateway.Limits.Leases;

/// <summary>
/// Watches the other replicas' signs of life, and measures silence by this replica's own monotonic clock: no wall clock, of a replica or of the database, can
/// make one that lives look lost. One caller at a time.
/// </summary>
internal sealed class ReplicaWatch(TimeProvider time)
{
    private Dictionary<Guid, (ReplicaSign Sign, long Since)> _seen = [];

    /// <summary>Takes in the signs that an exchange found. What is seen now was made before now.</summary>
    public void Take(IReadOnlyList<ReplicaSign> others)
    {
        var now = time.GetTimestamp();
        var seen = new Dictionary<Guid, (ReplicaSign, long)>(others.Count);
        foreach (var sign in others)
            seen[sign.Replica] = _seen.TryGetValue(sign.Replica, out var last) && last.Sign.Beat == sign.Beat ? last : (sign, now);
        Volatile.Write(ref _seen, seen);
    }

    /// <summary>Last signs of those that were silent for as long as they are to be waited for.</summary>
    public IReadOnlyList<ReplicaSign> Lost(long now) =>
        [.. _seen.Values.Where(s => now - s.Since >= time.TicksOf(s.Sign.Kept)).Select(s => s.Sign)];

    /// <summary>Those that were silent for this long. Any thread.</summary>
    public IReadOnlyList<Guid> Silent(long now, TimeSpan span) =>
        [.. Volatile.Read(ref _seen).Values.Where(s => now - s.Since >= time.TicksOf(span)).Select(s => s.Sign.Replica)];

    /// <summary>How many there are. Any thread.</summary>
    public int Count => Volatile.Read(ref _seen).Count;
}
