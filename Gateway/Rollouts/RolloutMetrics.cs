using System.Diagnostics;
using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.Rollouts;

/// <summary>What rollouts there are, what was changed, and how their versions did.</summary>
internal sealed class RolloutMetrics
{
    private static readonly string[] _states = ["running", "paused", "promoted", "rolled_back", "aborted"];
    private static readonly string[] _changes = ["started", "advanced", "paused", "resumed", "promoted", "rolled_back", "aborted"];

    private readonly Counter<long> _changed;
    private readonly Counter<long> _requests;

    public RolloutMetrics(IMeterFactory meters, SharedState<RolloutBook> state)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        meter.CreateObservableGauge("zakenak_gateway_rollouts", () => Enum.GetValues<RolloutState>().Select(s =>
            new Measurement<int>(state.Current?.Rollouts.Values.Count(r => r.State == s) ?? 0, KeyValuePair.Create("state", (object?)_states[(int)s]))),
            null, "Models by the state of their newest rollout.");
        meter.CreateObservableGauge("zakenak_gateway_rollouts_readable", () => state.Fault is null ? 1 : 0, null, "1 while the state of rollouts can be read.");
        _changed = meter.CreateCounter<long>("zakenak_gateway_rollout_changes", "{change}", "Changes of rollouts that this gateway made.");
        foreach (var change in _changes)
            _changed.Add(0, KeyValuePair.Create("change", (object?)change));
        _requests = meter.CreateCounter<long>("zakenak_gateway_rollout_requests", "{request}", "Requests that count in the comparison of a rollout.");
        foreach (var arm in new[] { "stable", "candidate" })
        {
            Add(0, arm, "answered");
            Add(0, arm, "failed");
        }
    }

    /// <summary>The word for a state.</summary>
    public static string NameOf(RolloutState state) => _states[(int)state];

    public void Changed(string change) => _changed.Add(1, KeyValuePair.Create("change", (object?)change));

    public void Counted(bool isCandidate, bool failed) => Add(1, isCandidate ? "candidate" : "stable", failed ? "failed" : "answered");

    private void Add(long count, string arm, string outcome) => _requests.Add(count, new TagList { { "arm", arm }, { "outcome", outcome } });
}
