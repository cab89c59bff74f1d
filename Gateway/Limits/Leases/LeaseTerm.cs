namespace Zakenak.Gateway.Limits.Leases;

/// <summary>Until when this replica may use what it leased.</summary>
internal sealed class LeaseTerm
{
    private long _end = long.MinValue;

    /// <summary>Timestamp of the monotonic clock: no step of a wall clock makes a lease longer.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }
}
