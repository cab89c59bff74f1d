namespace Zakenak.Gateway.Resilience;

/// <summary>What is remembered of one replica's failures. Not thread-safe but where it says so: the chooser's lock guards it.</summary>
internal sealed class ReplicaHealth(TimeProvider time)
{
    private long _ejectedUntil = long.MinValue;
    private int _ejections;

    public CircuitBreaker Circuit { get; } = new(time);

    public FailureWindow Window { get; } = new();

    public bool IsEjected(long now) => now < Volatile.Read(ref _ejectedUntil);

    public bool MayBeAsked(long now) => !IsEjected(now) && Circuit.Allows(now);

    /// <summary>Sends it nothing for a while, longer every time.</summary>
    public TimeSpan Eject(ResilienceOptions options, long now)
    {
        _ejections = Math.Min(_ejections + 1, 10);
        var span = options.EjectionTime * _ejections;
        Volatile.Write(ref _ejectedUntil, now + (long)(span.TotalSeconds * time.TimestampFrequency));

        // What it did before is paid for.
        Window.Clear();
        return span;
    }

    /// <summary>It is another process now.</summary>
    public void Reset()
    {
        Circuit.Succeeded();
        Window.Clear();
        (_ejections, _ejectedUntil) = (0, long.MinValue);
    }
}
