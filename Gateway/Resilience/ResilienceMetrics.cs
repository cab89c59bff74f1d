using System.Diagnostics;
using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;

namespace Zakenak.Gateway.Resilience;

/// <summary>Every state of every replica, and what was done about it. Replicas come from configuration and the names in it: no client makes a series.</summary>
internal sealed class ResilienceMetrics
{
    public const string Unreachable = "unreachable";
    public const string Refused = "refused";
    public const string Won = "won";
    public const string Lost = "lost";

    private readonly Counter<long> _failures;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;

    public ResilienceMetrics(IMeterFactory meters, ModelServers servers, ReplicaGate gate, RetryBudget budget, TimeProvider time)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        _failures = meter.CreateCounter<long>("zakenak_gateway_replica_failures", "{request}", "Attempts that failed, by replica and kind.");
        _retries = meter.CreateCounter<long>("zakenak_gateway_retries", "{request}", "Second attempts, by reason.");
        _hedges = meter.CreateCounter<long>("zakenak_gateway_hedges", "{request}", "Requests that a second replica was asked too, and whether it was faster.");
        foreach (var reason in new[] { Unreachable, Refused })
            _retries.Add(0, KeyValuePair.Create("reason", (object?)reason));
        foreach (var outcome in new[] { Won, Lost })
            _hedges.Add(0, KeyValuePair.Create("outcome", (object?)outcome));
        meter.CreateObservableGauge("zakenak_gateway_retry_budget", () => budget.Left, "{request}", "Second attempts that are allowed now.");
        meter.CreateObservableGauge("zakenak_gateway_waiting_requests", () => gate.Waiting, "{request}", "Requests in line for a replica with room.");
        Gauge("zakenak_gateway_replica_requests", "Requests that it answers for this gateway.", s => s.Running);
        Gauge("zakenak_gateway_replica_busyness", "How much of it is taken, by its own report: 1 is all its sequences or KV cells.", s => s.Busyness);
        Gauge("zakenak_gateway_replica_reachable", "1 while it answers what it serves.", s => s.Models is null ? 0 : 1);
        Gauge("zakenak_gateway_replica_circuit", "0 closed, 1 half-open, 2 open.", s => (double)s.Health.Circuit.State(time.GetTimestamp()));
        Gauge("zakenak_gateway_replica_ejected", "1 while it is ejected.", s => s.Health.IsEjected(time.GetTimestamp()) ? 1 : 0);

        void Gauge(string name, string description, Func<ModelServer, double> value) => meter.CreateObservableGauge(name,
            () => servers.Select(s => new Measurement<double>(value(s), Of(s))), unit: null, description);
    }

    public void Failed(ModelServer server, string kind) => _failures.Add(1, new TagList { Of(server), { "error.type", kind } });

    public void Retried(string reason) => _retries.Add(1, KeyValuePair.Create("reason", (object?)reason));

    public void Hedged(string outcome) => _hedges.Add(1, KeyValuePair.Create("outcome", (object?)outcome));

    private static KeyValuePair<string, object?> Of(ModelServer server) => new("zakenak.replica", server.Origin);
}
