namespace Zakenak.Gateway.Resilience;

/// <summary>
/// Stops asking a replica after some failures in a row, and lets one request try after a while. Not thread-safe: the chooser's lock
/// guards it. Times are timestamps of the caller's monotonic clock.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time)
{
    private int _failures;
    private long _openUntil;
    private TimeSpan _openFor;
    private bool _open;
    private bool _trying;

    /// <summary>Whether nothing is to be remembered of it: no failure since the last success. Any thread.</summary>
    public bool IsSpotless => Volatile.Read(ref _failures) == 0;

    public CircuitState State(long now) => !_open ? CircuitState.Closed : now < _openUntil ? CircuitState.Open : CircuitState.HalfOpen;

    /// <summary>Whether a request may be sent now.</summary>
    public bool Allows(long now) => !_open || (now >= _openUntil && !_trying);

    /// <summary>A request is sent; while half-open it is the one that tries.</summary>
    public void Entered() => _trying = _open;

    /// <summary>It answered: whatever was, is forgotten.</summary>
    public void Succeeded()
    {
        (_open, _trying, _openFor) = (false, false, TimeSpan.Zero);
        Volatile.Write(ref _failures, 0);
    }

    /// <summary>It failed. True when the circuit opens by that.</summary>
    public bool Failed(ResilienceOptions options, long now)
    {
        Volatile.Write(ref _failures, Math.Min(_failures + 1, int.MaxValue - 1));

        // Requests that were sent before it opened may still fail; only the one that tries says something new.
        var opens = _open ? _trying : _failures >= options.FailuresToOpen;
        if (!opens)
            return false;
        _openFor = _open ? TimeSpan.FromTicks(Math.Min(_openFor.Ticks * 2, options.MaxOpenTime.Ticks)) : options.OpenTime;
        _openUntil = now + (long)(_openFor.TotalSeconds * time.TimestampFrequency);
        (_open, _trying) = (true, false);
        return true;
    }

    /// <summary>The request ended without saying anything about the replica, its client having left: another one may try.</summary>
    public void Abandoned() => _trying = false;
}
