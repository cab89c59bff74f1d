namespace Zakenak.ServiceDefaults;

/// <summary>What the health check and the metric tell about enrollment and renewal.</summary>
internal sealed class RenewalStatus
{
    private volatile RenewalTrouble? _trouble;
    private long _failures;

    public RenewalTrouble? Trouble => _trouble;

    /// <summary>Since the process started.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void Succeeded() => _trouble = null;

    /// <summary>True if the reason is a new one.</summary>
    public bool Failed(string reason, DateTimeOffset now)
    {
        Interlocked.Increment(ref _failures);
        var before = _trouble;
        _trouble = new RenewalTrouble(reason, before?.Since ?? now);
        return before?.Reason != reason;
    }
}

/// <param name="Since">The first failure since the last success.</param>
internal sealed record RenewalTrouble(string Reason, DateTimeOffset Since);
