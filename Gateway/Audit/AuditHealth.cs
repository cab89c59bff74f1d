using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.Audit;

/// <summary>Unready while requests would be refused for want of a record.</summary>
internal sealed class AuditHealth(GatewayAudit audit, IOptions<AuditOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(audit.IsWell || options.Value.WhenUnrecorded == WhenUnrecorded.Continue
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The audit log takes no records: is the disk of Audit:Directory full?"));
}
