namespace Zakenak.ServiceDefaults;

/// <summary>What the health check and the metric tell about enrollment and renewal.</summary>
internal sealed class RenewalStatus
{
    private volatile RenewalTrouble? _trouble;

    public RenewalTrouble? Trouble => _trouble;

    public void Succeeded() => _trouble = null;

    /// <summary>True if the reason is a new one.</summary>
    public bool Failed(string reason, DateTimeOffset now)
    {
        var before = _trouble;
        _trouble = new RenewalTrouble(reason, before?.Since ?? now);
        return before?.Reason != reason;
    }
}

/// <param name="Since">The first failure since the last success.</param>
internal sealed record RenewalTrouble(string Reason, DateTimeOffset Since);
