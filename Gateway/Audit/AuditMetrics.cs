using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Audit;

/// <summary>Whether requests are recorded, and how many wait for it.</summary>
internal sealed class AuditMetrics
{
    private readonly Counter<long> _recorded;
    private readonly Counter<long> _unrecorded;
    private Func<int> _waiting = () => 0;
    private Func<bool> _failing = () => false;

    public AuditMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        _recorded = meter.CreateCounter<long>("zakenak_gateway_audit_records", "{record}", "Records of requests that are on disk.");
        _unrecorded = meter.CreateCounter<long>("zakenak_gateway_audit_unrecorded", "{request}", "Requests that were refused, or answered all the same, because they could not be recorded.");
        _unrecorded.Add(0);
        meter.CreateObservableGauge("zakenak_gateway_audit_waiting", () => _waiting(), "{record}", "Requests that run or whose records are not on disk yet.");
        meter.CreateObservableGauge("zakenak_gateway_audit_failing", () => _failing() ? 1 : 0, null, "1 while the disk takes no records.");
    }

    public void Watch(Func<int> waiting, Func<bool> failing) => (_waiting, _failing) = (waiting, failing);

    public void Recorded(int count) => _recorded.Add(count);

    public void Unrecorded() => _unrecorded.Add(1);
}
