using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// One limit and what counts against it: what is held by requests that run, and what ended requests used within the last minute.
/// An amount is held in full from its admission to its end and counts for a minute from there, so in no minute, wherever it begins,
/// and wherever in its life a request used its tokens, is there ever more than the limit. Not thread-safe.
/// </summary>
internal sealed class Budget
{
    /// <summary>A quarter of a second each. What is in one counts until the last of it is a minute old: late by a slot, never early.</summary>
    private const int Slots = 240;

    private readonly long _minute;
    private readonly long _slotTicks;
    private readonly Slice? _slice;
    private long[]? _used;
    private long _newest;
    private long _newestEnds;
    private long _lastUse = long.MinValue;
    private long _sum;

    /// <param name="minute">Length of the window in ticks of the caller's monotonic clock; 0 counts only what is held.</param>
    /// <param name="share">Makes what is leased of it from a database for this replica; null where it is alone.</param>
    public Budget(long minute, Func<Budget, Slice>? share = null) =>
        (_minute, _slotTicks, _slice) = (minute, minute / Slots, share?.Invoke(this));

    /// <summary>What is configured; may change at any time.</summary>
    public long Limit { get; set; } = long.MaxValue;

    public bool IsLimited => Limit != long.MaxValue;

    /// <summary>By requests that run.</summary>
    public long Held { get; private set; }

    /// <summary>What counts now, of this replica.</summary>
    public long Used(long now)
    {
        Advance(now);
        return Held + _sum;
    }

    /// <summary>What nobody holds or used, as far as is known; never negative, even where the limit was lowered below what is used.</summary>
    public long Remaining(long now) => Math.Max(0, Limit - Used(now) - (_slice?.Others ?? 0));

    /// <summary>Whether an amount may be held now.</summary>
    public Fit Fits(long amount, long now)
    {
        var used = Used(now);
        if (amount > Limit - used)
            return Fit.No;
        if (_slice is null || !IsLimited || amount <= _slice.AmountAt(now) - used)
            return Fit.Yes;
        _slice.Want(amount);
        return _slice.Knows(now) && amount > Limit - used - _slice.Others ? Fit.No : Fit.Perhaps;
    }

    /// <summary>Gives back what is leased; only where nothing counts.</summary>
    public void Retire() => _slice?.Retire();

    /// <summary>Holds an amount; only where it fits at the same moment.</summary>
    public void Hold(long amount) => Held += amount;

    /// <summary>Ends a hold: of it, this much was used.</summary>
    public void Settle(long held, long used, long now)
    {
        Held -= held;
        if (used == 0 || _minute == 0)
            return;
        Advance(now);
        _used ??= new long[Slots + 1];
        _used[_newest % _used.Length] += used;
        _sum += used;
        _lastUse = _newest;
    }

    /// <summary>Ticks until this much will be free if nothing more comes, 0 when it is now; null while that depends on requests that run.</summary>
    public long? UntilFree(long amount, long now)
    {
        var free = Limit - Used(now) - (_slice?.Others ?? 0);
        for (var slot = _newest - Slots; free < amount; slot++)
        {
            if (slot > _newest || _used is null)
                return null;
            free += slot < 0 ? 0 : _used[slot % _used.Length];
            if (free >= amount)
                return EndOf(slot) - now;
        }

        return 0;
    }

    /// <summary>Ticks until all that ended requests used is free again.</summary>
    public long UntilReset(long now)
    {
        Advance(now);
        return _sum == 0 ? 0 : EndOf(_lastUse) - now;
    }

    private long EndOf(long slot) => (slot + Slots + 1) * _slotTicks;

    private void Advance(long now)
    {
        // Asked a dozen times for each request, and a division takes as long as all else here.
        if (_minute == 0 || now < _newestEnds)
            return;
        var slot = now / _slotTicks;
        if (_used is not null && _sum > 0)
        {
            for (var next = Math.Max(_newest + 1, slot - Slots); next <= slot; next++)
            {
                _sum -= _used[next % _used.Length];
                _used[next % _used.Length] = 0;
            }
        }

        _newest = Math.Max(_newest, slot);
        _newestEnds = (_newest + 1) * _slotTicks;
    }
}
