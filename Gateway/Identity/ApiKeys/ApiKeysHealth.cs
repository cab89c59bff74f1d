using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Unready as long as there may be keys that nobody has read: whoever bears one would be turned away.</summary>
internal sealed class ApiKeysHealth(ApiKeyStore keys) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(keys.AreKnown ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The API keys in the database could not be read yet."));
}
