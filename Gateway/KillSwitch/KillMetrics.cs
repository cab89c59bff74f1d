using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>What is stopped, and what that ended.</summary>
internal sealed class KillMetrics
{
    private static readonly string[] _codes = ["tenant_killed", "key_killed", "version_killed"];

    private readonly Counter<long> _ended;

    public KillMetrics(IMeterFactory meters, SharedState<KillSet> state)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        _ended = meter.CreateCounter<long>("zakenak_gateway_killed_requests", "{request}", "Requests that were under way when they were stopped.");
        foreach (var code in _codes)
            _ended.Add(0, KeyValuePair.Create("error.type", (object?)code));
        meter.CreateObservableGauge("zakenak_gateway_kills", () => new[] { KillSet.Version, KillSet.Tenant, KillSet.Key }.Select(kind =>
            new Measurement<int>(state.Current?.Kills.Count(k => k.Kind == kind) ?? 0, KeyValuePair.Create("kind", (object?)kind))), null, "What administrators have stopped.");
        meter.CreateObservableGauge("zakenak_gateway_kill_switch_readable", () => state.Fault is null ? 1 : 0, null, "1 while the state of the kill switch can be read.");
    }

    public void Ended(string code) => _ended.Add(1, KeyValuePair.Create("error.type", (object?)code));
}
