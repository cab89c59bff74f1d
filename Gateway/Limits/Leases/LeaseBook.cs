namespace Zakenak.Gateway.Limits.Leases;

/// <summary>All limits of which this replica leases parts. Thread-safe.</summary>
internal sealed class LeaseBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Slice> _slices = new(StringComparer.Ordinal);

    /// <summary>Until when the parts may be used.</summary>
    public LeaseTerm Term { get; } = new();

    /// <summary>A part, of nothing at first. It takes the place of a retired one of its name.</summary>
    public Slice Add(string name, Lock gate, Budget budget)
    {
        var slice = new Slice(name, gate, budget, Term);
        lock (_lock)
        {
            _slices[name] = slice;
        }

        return slice;
    }

    /// <summary>Those of now.</summary>
    public Slice[] All()
    {
        lock (_lock)
        {
            return [.. _slices.Values];
        }
    }

    /// <summary>Forgets a part that is gone.</summary>
    public void Remove(Slice slice)
    {
        lock (_lock)
        {
            if (_slices.TryGetValue(slice.Name, out var held) && held == slice)
                _slices.Remove(slice.Name);
        }
    }

    /// <summary>Of how many limits there is a part.</summary>
    public int Leased()
    {
        var leased = 0;
        foreach (var slice in All())
        {
            lock (slice.Gate)
                leased += slice.IsLeased ? 1 : 0;
        }

        return leased;
    }
}
