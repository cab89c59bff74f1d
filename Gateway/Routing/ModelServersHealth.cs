using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.Gateway.Routing;

/// <summary>
/// Unhealthy until every model server was asked once, degraded while none serves a model: a gateway without models still
/// has an answer for every client, and taking it out of service would only hide the reason.
/// </summary>
internal sealed class ModelServersHealth(ModelServers servers, ModelCatalogue catalogue) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            !servers.WereAsked ? HealthCheckResult.Unhealthy("Model servers are being asked for the first time.")
            : catalogue.Models.Count == 0 ? HealthCheckResult.Degraded("No model server is ready.")
            : HealthCheckResult.Healthy());
}
