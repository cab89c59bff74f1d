using Microsoft.Extensions.Diagnostics.HealthChecks;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.Rollouts;

/// <summary>Degraded while rollouts can't be followed: requests go on by what was known last, or to the newest version.</summary>
internal sealed class RolloutsHealth(SharedState<RolloutBook> state, RolloutFileWatch file) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        state.Current is null ? HealthCheckResult.Unhealthy($"the state of rollouts can't be read: {state.Fault}")
        : state.Fault is { } fault ? HealthCheckResult.Degraded($"the state of rollouts can't be read: {fault}")
        : file.Fault is { } bad ? HealthCheckResult.Degraded($"the file of rollouts was refused: {bad}")
        : HealthCheckResult.Healthy());
}
