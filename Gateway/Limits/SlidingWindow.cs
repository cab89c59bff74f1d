namespace Zakenak.Gateway.Limits;

/// <summary>
/// The last requests of one minute: exact, so that no minute, wherever it begins, ever has more than the limit. A token
/// bucket would let nearly twice as many through in the minute after a quiet one. Not thread-safe.
/// </summary>
/// <param name="limit">Requests per window.</param>
/// <param name="window">Length in ticks of the caller's monotonic clock.</param>
internal sealed class SlidingWindow(int limit, long window)
{
    /// <summary>Times of the admitted, oldest first, starting at <see cref="_oldest"/>; grows by doubling up to the limit.</summary>
    private long[] _admitted = new long[Math.Min(limit, 16)];
    private int _oldest;
    private int _count;

    public int Limit => limit;

    /// <summary>Requests that would be admitted now.</summary>
    public int Remaining(long now)
    {
        while (_count > 0 && now - _admitted[_oldest] >= window)
        {
            _oldest = (_oldest + 1) % _admitted.Length;
            _count--;
        }

        return limit - _count;
    }

    /// <summary>Counts one request; only after <see cref="Remaining"/> of the same moment was above zero.</summary>
    public void Admit(long now)
    {
        if (_count == _admitted.Length)
            Grow();
        _admitted[(_oldest + _count) % _admitted.Length] = now;
        _count++;
    }

    /// <summary>Ticks until one more would be admitted, 0 when it would be now. Ask <see cref="Remaining"/> first.</summary>
    public long UntilNext(long now) => _count < limit ? 0 : _admitted[_oldest] + window - now;

    /// <summary>Ticks until the whole limit is free again.</summary>
    public long UntilReset(long now) => _count == 0 ? 0 : _admitted[(_oldest + _count - 1) % _admitted.Length] + window - now;

    private void Grow()
    {
        var larger = new long[(int)Math.Min(limit, _admitted.Length * 2L)];
        for (var i = 0; i < _count; i++)
            larger[i] = _admitted[(_oldest + i) % _admitted.Length];
        _admitted = larger;
        _oldest = 0;
    }
}
