namespace Zakenak.Gateway.Limits;

/// <summary>
/// What one tenant and its keys used of their limits. One lock for both, because a request counts in both windows or in
/// neither: counting in one and taking it back would let parallel requests see limits that were never spent.
/// </summary>
internal sealed class TenantLimits(LimitsOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _minute = 60 * time.TimestampFrequency;
    private readonly SlidingWindow _tenant = new(options.TenantRequestsPerMinute, 60 * time.TimestampFrequency);
    private readonly Dictionary<string, SlidingWindow> _keys = new(StringComparer.Ordinal);
    private int _running;

    /// <summary>Counts a request in, if both windows and the bound on running requests allow it.</summary>
    public Admission TryEnter(string keyId, int? keyLimit)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var limit = keyLimit ?? options.RequestsPerMinute;
            if (!_keys.TryGetValue(keyId, out var key) || key.Limit != limit)
                _keys[keyId] = key = new SlidingWindow(limit, _minute);

            // Headers tell of whichever window is nearer to its end.
            var narrow = _tenant.Remaining(now) < key.Remaining(now) ? _tenant : key;
            var admitted = narrow.Remaining(now) > 0;
            var busy = admitted && _running >= options.TenantConcurrentRequests;
            if (admitted && !busy)
            {
                _running++;
                _tenant.Admit(now);
                key.Admit(now);
            }

            var wait = Math.Max(_tenant.UntilNext(now), key.UntilNext(now));
            return new Admission(
                admitted ? busy ? AdmissionResult.TooManyRunning : AdmissionResult.Admitted : AdmissionResult.TooManyRequests,
                narrow.Limit, narrow.Remaining(now), ToTimeSpan(narrow.UntilReset(now)), ToTimeSpan(wait));
        }
    }

    /// <summary>Counts an admitted request out.</summary>
    public void Leave()
    {
        lock (_lock)
            _running--;
    }

    private TimeSpan ToTimeSpan(long ticks) => TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
}
