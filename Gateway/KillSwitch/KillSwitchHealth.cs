using Microsoft.Extensions.Diagnostics.HealthChecks;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>Unhealthy while it was never known what is stopped; degraded while it may have changed unseen.</summary>
internal sealed class KillSwitchHealth(SharedState<KillSet> state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        state.Current is not { } set ? HealthCheckResult.Unhealthy($"what is stopped can't be read: {state.Fault}")
        : state.Fault is { } fault ? HealthCheckResult.Degraded($"what is stopped can't be read, the last good state stays in force: {fault}")
        : HealthCheckResult.Healthy($"{set.Kills.Count} stopped"));
}
