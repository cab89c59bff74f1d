namespace EmbeddedHost.Orchestration;

/// <summary>Delays between restarts: doubling up to a limit, with ±20 % jitter so that replicas that fail together do not come back together.</summary>
internal sealed class RestartBackoff(TimeSpan first, TimeSpan longest, Random random)
{
    public int Failures { get; private set; }

    public TimeSpan Next()
    {
        // 30 doublings are more than any longest delay; more would overflow.
        var delay = first * Math.Pow(2, Math.Min(Failures, 30));
        Failures++;
        return (delay < longest ? delay : longest) * (0.8 + (0.4 * random.NextDouble()));
    }

    public void Reset() => Failures = 0;
}
