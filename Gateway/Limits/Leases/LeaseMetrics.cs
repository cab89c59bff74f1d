using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>What this replica has of the limits that replicas share, and for how long. All 0 where it is alone.</summary>
internal sealed class LeaseMetrics
{
    public LeaseMetrics(IMeterFactory meters, LimitLeases leases, Func<LimitsOptions> options, TimeProvider time)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        meter.CreateObservableGauge("zakenak_gateway_leases", () => leases.Book?.Leased() ?? 0, "{lease}", "Limits of which this replica has leased a part.");
        meter.CreateObservableGauge("zakenak_gateway_lease_left", () => Left(leases, time), "s", "How long what is leased may be used if the database stays away.");
        meter.CreateObservableGauge("zakenak_gateway_lease_replicas", () => Replicas(leases, options(), time), "{replica}", "Other replicas that have leases, by whether they renew them.");
    }

    private static double Left(LimitLeases leases, TimeProvider time) =>
        leases.Book?.Term.End is { } end and not long.MinValue ? Math.Max(0, (end - time.GetTimestamp()) / (double)time.TimestampFrequency) : 0;

    private static Measurement<int>[] Replicas(LimitLeases leases, LimitsOptions options, TimeProvider time)
    {
        var all = leases.Others?.Count ?? 0;
        var silent = leases.Others?.Silent(time.GetTimestamp(), options.LeaseLife).Count ?? 0;
        return [new(all - silent, KeyValuePair.Create("state", (object?)"alive")), new(silent, KeyValuePair.Create("state", (object?)"silent"))];
    }
}
