namespace Zakenak.Gateway.Limits;

/// <summary>
/// One limit and what counts against it: what is held by requests that run, and what ended requests used within the last minute.
/// An amount is held in full from its admission to its end and counts for a minute from there, so in no minute, wherever it begins,
/// and wherever in its life a request used its tokens, is there ever more than the limit. Not thread-safe.
/// </summary>
/// <param name="minute">Length of the window in ticks of the caller's monotonic clock; 0 counts only what is held.</param>
internal sealed class Budget(long minute)
{
    /// <summary>A quarter of a second each. What is in one counts until the last of it is a minute old: late by a slot, never early.</summary>
    private const int Slots = 240;

    private readonly long _slotTicks = minute / Slots;
    private long[]? _used;
    private long _newest;
    private long _lastUse = long.MinValue;
    private long _held;
    private long _sum;

    /// <summary>What is configured; may change at any time.</summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>What counts now.</summary>
    public long Used(long now)
    {
        Advance(now);
        return _held + _sum;
    }

    /// <summary>What may still be held now; never negative, even where the limit was lowered below what is used.</summary>
    public long Remaining(long now) => Math.Max(0, Limit - Used(now));

    /// <summary>Holds an amount; only within <see cref="Remaining"/> of the same moment.</summary>
    public void Hold(long amount) => _held += amount;

    /// <summary>Ends a hold: of it, this much was used.</summary>
    public void Settle(long held, long used, long now)
    {
        _held -= held;
        if (used == 0 || minute == 0)
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
        var free = Limit - Used(now);
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
        if (minute == 0)
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
    }
}
