using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.ModelServer.Loading;

/// <summary>Healthy only while a verified model is loaded and the engine thread lives.</summary>
public sealed class ModelHealthCheck(ServedModel served) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (served.Current is { } model)
        {
            return Task.FromResult(model.Engine switch
            {
                { Exited.IsCompleted: true } => HealthCheckResult.Unhealthy("engine_died: The engine thread has ended."),
                { IsStalled: true } => HealthCheckResult.Unhealthy("engine_stalled: The engine thread makes no progress."),
                _ => HealthCheckResult.Healthy($"{model.Id} ({model.Digest})"),
            });
        }

        var (code, message) = served.Reason;
        return Task.FromResult(HealthCheckResult.Unhealthy($"{code}: {message}"));
    }
}
