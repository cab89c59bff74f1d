namespace Zakenak.Gateway.Limits.Leases;

/// <summary>
/// The part of one limit that this replica may use. All parts of all replicas together are never more than the limit, and a part is never
/// made smaller than what was used of it within the last minute: so in no minute do all replicas together use more than the limit.
/// Guarded by <see cref="Gate"/>.
/// </summary>
/// <param name="name">The same at every replica.</param>
/// <param name="gate">Lock of whoever counts against the budget.</param>
/// <param name="budget">What counts against it here.</param>
/// <param name="term">Until when the parts are leased.</param>
internal sealed class Slice(string name, Lock gate, Budget budget, LeaseTerm term)
{
    /// <summary>Of a limit, beyond what is needed: so that few requests wait for the database.</summary>
    private const int HeadroomPart = 16;

    private long _amount;
    private long _cap = long.MaxValue;
    private long _knownUntil = long.MinValue;
    private long _wanted;
    private long _told;
    private bool _isRetired;

    public string Name => name;

    public Lock Gate => gate;

    /// <summary>Leased to other replicas, as far as is known.</summary>
    public long Others { get; private set; }

    /// <summary>Whether there is any.</summary>
    public bool IsLeased => _amount > 0;

    /// <summary>Whether anything is held by requests that run.</summary>
    public bool IsHeld => budget.Held > 0;

    /// <summary>Whether it is retired, and the database said that nothing of it is leased any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>What may count at this moment; nothing after the lease's end.</summary>
    public long AmountAt(long now) => now < term.End ? Math.Min(_amount, _cap) : 0;

    /// <summary>Whether the database was asked so lately that <see cref="Others"/> is to be believed.</summary>
    public bool Knows(long now) => now < _knownUntil;

    /// <summary>Takes in that a request wanted more than there is here.</summary>
    public void Want(long amount) => _wanted = Math.Min(budget.Limit, _wanted + amount);

    /// <summary>What to tell the database, null where nothing changes; what is given back is not used from here on.</summary>
    /// <param name="now">Timestamp.</param>
    /// <param name="rivals">Replicas, this one too, that share the limit because others want more of it; 0 where nobody does.</param>
    public SliceAsk? Ask(long now, int rivals)
    {
        var (used, wanted, limit) = (budget.Used(now), _wanted, budget.Limit);
        (_wanted, _cap) = (0, rivals == 0 ? long.MaxValue : limit / rivals);
        if (_isRetired)
            return new SliceAsk(this, _amount = 0, 0, 0, 0);
        if (!budget.IsLimited)
            return _amount == 0 && _told == 0 ? null : new SliceAsk(this, _amount = 0, 0, 0, 0);
        var needed = Math.Min(limit, used + wanted);
        var headroom = limit / HeadroomPart;

        // Who has more than a fair part while others want admits nothing until it has less, and who is idle gives all back.
        var desired = rivals > 0 ? Math.Min(needed + (used / 4), Math.Max(used, _cap))
            : wanted == 0 && _amount >= needed + (headroom / 2) && _amount <= Math.Min(limit, needed + (2 * headroom)) ? _amount
            : Math.Min(limit, needed + headroom);
        desired = Math.Max(used, desired);
        if (desired == _amount && wanted == 0 && _told == 0)
            return null;
        _amount = Math.Min(_amount, desired);
        return new SliceAsk(this, _amount, desired, needed, limit);
    }

    /// <summary>At the end of this replica: only what was used stays, until its minute is over.</summary>
    public SliceAsk Leave(long now)
    {
        _amount = Math.Min(_amount, budget.Used(now));
        return new SliceAsk(this, _amount, _amount, _amount, _amount);
    }

    /// <summary>Takes in what the database granted.</summary>
    /// <param name="amount">Leased to this replica.</param>
    /// <param name="others">Leased to others.</param>
    /// <param name="wanted">What is left to be wanted, as the others are told.</param>
    /// <param name="knownUntil">Timestamp until which this is to be believed.</param>
    public void Take(long amount, long others, long wanted, long knownUntil)
    {
        (_amount, Others, _told, _knownUntil) = (amount, others, wanted, knownUntil);
        IsGone = _isRetired && amount == 0 && wanted == 0;
    }

    /// <summary>Nothing counts against it any more.</summary>
    public void Retire() => _isRetired = true;

    /// <summary>The lease was lost: others may have it.</summary>
    public void Lose() => (_amount, _told) = (0, 0);
}
