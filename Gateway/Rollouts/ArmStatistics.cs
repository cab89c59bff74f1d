namespace Zakenak.Gateway.Rollouts;

/// <summary>What is known of one version from its sample.</summary>
/// <param name="P95Ms">Estimate; null without an answer.</param>
/// <param name="P95FromMs">It is hardly less than this.</param>
/// <param name="P95ToMs">It is hardly more than this.</param>
internal sealed record ArmStatistics(long Requests, long Errors, double? P95Ms, double? P95FromMs, double? P95ToMs)
{
    private const double Quantile = 0.95;

    /// <summary>Of the normal distribution, 0.001 are beyond it on one side.</summary>
    private const double Z = 3.09;

    public double ErrorRate => Requests == 0 ? 0 : (double)Errors / Requests;

    /// <param name="counts">Errors, then the buckets of <see cref="LatencyHistogram"/>.</param>
    public static ArmStatistics Of(ReadOnlySpan<long> counts)
    {
        var requests = 0L;
        foreach (var count in counts)
            requests += count;
        var answered = requests - counts[0];

        // Order statistics: how many of n are below the true quantile is binomial, whatever the distribution of latencies.
        var spread = answered == 0 ? 0 : Z * Math.Sqrt(Quantile * (1 - Quantile) / answered);
        return new ArmStatistics(
            requests,
            counts[0],
            LatencyHistogram.Quantile(counts, Quantile)?.To,
            LatencyHistogram.Quantile(counts, Quantile - spread)?.From,
            LatencyHistogram.Quantile(counts, Quantile + spread)?.To);
    }
}
