namespace Zakenak.ServiceDefaults;

/// <summary>When to ask for an SVID. Pure.</summary>
internal static class RenewalSchedule
{
    private static readonly TimeSpan _firstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _longestRetry = TimeSpan.FromSeconds(30);

    // Before enrollment somebody waits for the service: ask often enough that the authority's start is what they wait for.
    private static readonly TimeSpan _longestFirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>Half-life, 10 % earlier or later so that services started together do not renew together.</summary>
    /// <param name="receivedAt">The certificate's own beginning is backdated and says nothing about what is left of it.</param>
    /// <param name="random">0 to 1.</param>
    public static DateTimeOffset DueAt(DateTimeOffset receivedAt, DateTimeOffset notAfter, double random) =>
        receivedAt + ((notAfter - receivedAt) * (0.4 + (0.2 * random)));

    /// <summary>Exponential with full jitter above half; never longer than a tenth of what is left of the SVID.</summary>
    /// <param name="failures">Since the last success, 1 and up.</param>
    /// <param name="left">What is left of the current SVID; null without one.</param>
    public static TimeSpan RetryAfter(int failures, TimeSpan? left, double random)
    {
        var longest = left is { } l ? TimeSpan.FromTicks(Math.Clamp(l.Ticks / 10, _firstRetry.Ticks, _longestRetry.Ticks)) : _longestFirstRetry;
        var exponential = _firstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
        return (exponential < longest ? exponential : longest) * (0.5 + (0.5 * random));
    }
}
