using System.Globalization;
using Zakenak.Contracts;

namespace Zakenak.Gateway.Rollouts;

/// <summary>
/// Compares candidate and stable version. Bad needs both: a threshold that matters to people, passed, and a difference that chance brings about once in
/// a thousand comparisons at most. For errors that is Fisher's exact test, for p95 two confidence bounds that do not overlap.
/// </summary>
internal static class RolloutJudge
{
    /// <summary>Of an error of the first kind, in one comparison.</summary>
    private const double Significance = 0.001;

    /// <summary>Nobody minds that an answer takes so much longer, however many times the other's time it is.</summary>
    private const double NoticeableMs = 10;

    public static RolloutVerdict Judge(ArmStatistics stable, ArmStatistics candidate, RolloutGuard guard)
    {
        if (Math.Min(stable.Requests, candidate.Requests) < guard.MinRequests)
            return new(RolloutFinding.TooFew, Text($"{stable.Requests} and {candidate.Requests} of {guard.MinRequests} requests"));

        var borne = Math.Max(stable.ErrorRate * guard.MaxErrorRatio, stable.ErrorRate + guard.ErrorMargin);
        var errors = Text($"errors {candidate.ErrorRate:P2} against {stable.ErrorRate:P2} ({candidate.Errors}/{candidate.Requests}, {stable.Errors}/{stable.Requests})");
        var manyErrors = candidate.ErrorRate > borne;
        if (manyErrors && ExactTest.Chance(stable.Requests, stable.Errors, candidate.Requests, candidate.Errors) < Significance)
            return new(RolloutFinding.Bad, errors);

        if (stable.P95Ms is not { } before || candidate.P95Ms is not { } after)
            return new(RolloutFinding.Doubtful, errors + ", and no latency to compare");
        var latency = Text($"p95 {after:F0} ms against {before:F0} ms");
        if (candidate.P95FromMs > Borne(stable.P95ToMs ?? before))
            return new(RolloutFinding.Bad, latency);
        return new(manyErrors || after > Borne(before) ? RolloutFinding.Doubtful : RolloutFinding.Good, $"{errors}, {latency}");

        double Borne(double ms) => Math.Max(ms * guard.MaxLatencyRatio, ms + NoticeableMs);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
