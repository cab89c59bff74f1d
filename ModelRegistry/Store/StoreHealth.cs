using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Zakenak.ModelRegistry;

/// <summary>The check <c>store</c>: whether a change could be recorded and made now.</summary>
internal sealed class StoreHealth(IVersionStore store, RegistryAudit audit, IOptions<StoreOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (await store.FindFaultAsync(cancellationToken).ConfigureAwait(false) is { } fault)
        {
            return HealthCheckResult.Unhealthy("store_unavailable: " + fault);
        }

        if (!await audit.CanRecordAsync().ConfigureAwait(false))
        {
            return HealthCheckResult.Unhealthy("audit_unavailable: the audit log takes no record, so nothing can be changed");
        }

        var free = new DriveInfo(options.Value.PathOf("")).AvailableFreeSpace;
        return free < options.Value.MinFreeBytes
            ? HealthCheckResult.Degraded($"insufficient_disk: {free} bytes are free, uploads need more than {options.Value.MinFreeBytes} (Registry:MinFreeBytes)")
            : HealthCheckResult.Healthy();
    }
}
