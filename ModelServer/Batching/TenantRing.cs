namespace Zakenak.ModelServer.Batching;

/// <summary>
/// The tenants that have something to do, by deficit round robin over tokens: each may have a quantum decoded, then it is the next
/// one's turn. A tenant that comes anew has its first turn before the others, as one that asks little must not wait for those that ask much.
/// </summary>
internal sealed class TenantRing(int quantum)
{
    // So many turns of newcomers in a row, then one of the others: newcomers without end don't starve who is there.
    private const int MostNewcomers = 4;

    // A tenant that had the engine to itself doesn't pay for that once others come.
    private const int LeastDeficitQuanta = -2;

    private readonly Dictionary<string, TenantQueue> _tenants = new(StringComparer.Ordinal);
    private readonly LinkedList<TenantQueue> _newcomers = [];
    private readonly LinkedList<TenantQueue> _others = [];
    private int _newcomersInARow;

    public int Count => _tenants.Count;

    /// <summary>Whose turn it is; null where nobody has anything to do.</summary>
    public TenantQueue? Current => CurrentList.First?.Value;

    /// <summary>All, in the order of their turns.</summary>
    public IEnumerable<TenantQueue> Tenants => _newcomers.Concat(_others);

    public TenantQueue Get(string name)
    {
        if (!_tenants.TryGetValue(name, out var tenant))
        {
            _tenants[name] = tenant = new TenantQueue(name) { Deficit = quantum };
            _newcomers.AddLast(tenant);
        }

        return tenant;
    }

    public void RemoveIfIdle(TenantQueue tenant)
    {
        if (tenant.IsIdle && _tenants.Remove(tenant.Name) && !_newcomers.Remove(tenant))
        {
            _others.Remove(tenant);
        }
    }

    /// <summary>The turn of <see cref="Current"/> is over; with <paramref name="spent"/> it has used it up and gets a new quantum.</summary>
    public void Rotate(bool spent)
    {
        var list = CurrentList;
        _newcomersInARow = list == _newcomers ? _newcomersInARow + 1 : 0;
        var tenant = list.First!.Value;
        list.RemoveFirst();
        _others.AddLast(tenant);
        if (spent)
        {
            tenant.Deficit += quantum;
        }
    }

    public void Charge(TenantQueue tenant, int tokens) =>
        tenant.Deficit = Math.Max(tenant.Deficit - tokens, _tenants.Count == 1 ? 0 : LeastDeficitQuanta * quantum);

    private LinkedList<TenantQueue> CurrentList =>
        _newcomers.Count > 0 && (_newcomersInARow < MostNewcomers || _others.Count == 0) ? _newcomers : _others;
}
