using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Contracts;
using Zakenak.Gateway.Rollouts;

namespace Zakenak.Services.Tests.Gateway.Rollouts;

/// <summary>The comparison of two versions.</summary>
public sealed class JudgeTests
{
    private static readonly RolloutGuard _guard = new(MinRequests: 200, MaxErrorRatio: 1.5, ErrorMargin: 0.005, MaxLatencyRatio: 1.25);

    [Theory]
    [InlineData(199, 0, 5000, 0, "TooFew")]
    [InlineData(200, 0, 5000, 0, "Good")]
    [InlineData(200, 1, 5000, 25, "Good")] // both half a percent
    [InlineData(200, 3, 5000, 25, "Doubtful")] // three times as many, which may be chance
    [InlineData(200, 20, 5000, 25, "Bad")]
    [InlineData(2000, 30, 5000, 25, "Bad")]
    [InlineData(200, 200, 5000, 5000, "Doubtful")] // all fail alike: no reason to go back, nor to go on
    [InlineData(100_000, 900, 100_000, 600, "Good")] // surely more, and within what is borne
    public void Errors_are_too_many_when_they_matter_and_are_hardly_chance(int requests, int errors, int stableRequests, int stableErrors, string finding) =>
        Assert.Equal(finding, Judge(Sample(stableRequests, stableErrors, _ => 100), Sample(requests, errors, _ => 100)).Finding.ToString());

    [Theory]
    [InlineData(500, 1.0, "Good")]
    [InlineData(500, 1.2, "Good")]
    [InlineData(200, 1.3, "Doubtful")] // of so few answers p95 is not known well enough
    [InlineData(20_000, 1.4, "Bad")]
    [InlineData(500, 3.0, "Bad")]
    public void A_slower_p95_is_too_slow_when_it_matters_and_is_hardly_chance(int requests, double factor, string finding) =>
        Assert.Equal(finding, Judge(Sample(20_000, 0, Latency), Sample(requests, 0, i => factor * Latency(i))).Finding.ToString());

    [Fact]
    public void Two_versions_that_are_alike_are_seldom_found_different()
    {
        var random = new Random(1);
        var bad = 0;
        for (var run = 0; run < 2000; run++)
        {
            bad += Judge(Draw(2000), Draw(300)).Finding == RolloutFinding.Bad ? 1 : 0;
        }

        // Two tests with 0.001 each, and thresholds on top of them.
        Assert.InRange(bad, 0, 8);

        ArmStatistics Draw(int requests) => Sample(requests, Enumerable.Range(0, requests).Count(_ => random.NextDouble() < 0.02), _ => 20 + (-80 * Math.Log(1 - random.NextDouble())));
    }

    [Fact]
    public void The_test_of_errors_is_exact() => Prop.ForAll(Gen.Choose(1, 60).Four().ToArbitrary(), draw =>
    {
        var (n1, n2) = (draw.Item1, draw.Item2);
        var (e1, e2) = (draw.Item3 % (n1 + 1), draw.Item4 % (n2 + 1));
        var exact = Enumerable.Range(e2, Math.Max(0, Math.Min(e1 + e2, n2) - e2 + 1))
            .Aggregate(BigInteger.Zero, (sum, k) => sum + (Choose(e1 + e2, k) * Choose(n1 + n2 - e1 - e2, n2 - k)));
        var expected = (double)(exact * 1_000_000_000_000 / Choose(n1 + n2, n2)) / 1e12;
        return Math.Abs(ExactTest.Chance(n1, e1, n2, e2) - expected) < 1e-8;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_quantile_is_known_to_its_bucket() => Prop.ForAll(Gen.Choose(1, 3_600_000).ToArbitrary(), ms =>
    {
        var counts = new long[LatencyHistogram.Length];
        counts[LatencyHistogram.PlaceOf(TimeSpan.FromMilliseconds(ms))] = 10;
        var (from, to) = LatencyHistogram.Quantile(counts, 0.95)!.Value;
        return from <= ms * 1.000001 && ms <= to * 1.000001 && to / from < 1.045;
    }).QuickCheckThrowOnFailure();

    private static RolloutVerdict Judge(ArmStatistics stable, ArmStatistics candidate) => RolloutJudge.Judge(stable, candidate, _guard);

    /// <summary>Spread from 20 to 120 ms.</summary>
    private static double Latency(int i) => 20 + (i * 7919 % 100);

    private static ArmStatistics Sample(int requests, int errors, Func<int, double> latency)
    {
        var sample = new ArmSample("v1", isCandidate: false);
        for (var i = 0; i < requests; i++)
        {
            if (i < errors)
                sample.Failed();
            else
                sample.Answered(TimeSpan.FromMilliseconds(latency(i)));
        }

        return ArmStatistics.Of(sample.Counts());
    }

    private static BigInteger Choose(int n, int k)
    {
        if (k < 0 || k > n)
            return 0;
        BigInteger result = 1;
        for (var i = 0; i < k; i++)
            result = result * (n - i) / (i + 1);
        return result;
    }
}
