using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.ServiceDefaults;

/// <summary>The check <c>identity</c>: warns while there is still time.</summary>
internal sealed class IdentityHealth(IWorkloadIdentity identity, RenewalStatus status, TimeProvider time) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        var trouble = status.Trouble;
        if (!identity.IsEnrolled)
        {
            return HealthCheckResult.Unhealthy($"not enrolled as {identity.Id}: {trouble?.Reason ?? "asking the certificate authority"}");
        }

        var left = identity.Current.NotAfter - time.GetUtcNow();
        return left <= TimeSpan.Zero ? HealthCheckResult.Unhealthy($"the SVID of {identity.Id} expired: {trouble?.Reason ?? "renewing"}")
            : trouble is not null ? HealthCheckResult.Degraded($"renewal has failed since {trouble.Since:O} and the SVID expires in {left.TotalSeconds:F0} s: {trouble.Reason}")
            : HealthCheckResult.Healthy($"{identity.Id}, SVID valid until {identity.Current.NotAfter.UtcDateTime:O}");
    }
}
