namespace Zakenak.Gateway.Rollouts;

/// <summary>
/// Counts of latencies that can be added up over replicas: sixteen buckets to each doubling from 0.1 ms on, so that a quantile is known to 4.4 %, the
/// last one for seven hours and more. The first place counts errors, which have no latency.
/// </summary>
internal static class LatencyHistogram
{
    /// <summary>Numbers of one arm: errors, then buckets.</summary>
    public const int Length = Buckets + 1;

    private const int Buckets = 28 * PerDoubling;
    private const int PerDoubling = 16;
    private const double SmallestMs = 0.1;

    public static int PlaceOf(TimeSpan latency) =>
        1 + Math.Clamp((int)(Math.Log2(Math.Max(latency.TotalMilliseconds, SmallestMs) / SmallestMs) * PerDoubling), 0, Buckets - 1);

    /// <summary>Where the bucket of the quantile begins and ends in milliseconds; null without any answer.</summary>
    public static (double From, double To)? Quantile(ReadOnlySpan<long> counts, double quantile)
    {
        var answered = 0L;
        foreach (var count in counts[1..])
            answered += count;
        if (answered == 0)
            return null;
        var rank = Math.Clamp((long)Math.Ceiling(quantile * answered), 1, answered);
        var place = 0;
        while (rank > 0)
            rank -= counts[++place];
        return (EdgeOf(place - 1), EdgeOf(place));
    }

    private static double EdgeOf(int bucket) => SmallestMs * Math.Pow(2, bucket / (double)PerDoubling);
}
