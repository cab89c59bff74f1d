namespace Zakenak.Gateway.Limits.Leases;

/// <summary>Until when this replica may use what it leased, as timestamps of the monotonic clock: no step of a wall clock makes a lease longer.</summary>
internal sealed class LeaseTerm
{
    private long _end = long.MinValue;

    /// <summary>From then on nothing is admitted.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>From then on nothing may run: a minute later others get what was leased. Read by whoever renews.</summary>
    public long LastMoment { get; private set; } = long.MaxValue;

    public void Renew(long end, long lastMoment) => (End, LastMoment) = (end, lastMoment);
}
