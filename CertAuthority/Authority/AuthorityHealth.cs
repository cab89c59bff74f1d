using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.CertAuthority;

/// <summary>The check <c>authority</c>: says early when the authority's own certificates run out.</summary>
internal sealed class AuthorityHealth(Authority authority, TimeProvider time) : IHealthCheck
{
    // Half of the time between the making of the next issuing certificate and the end of the current one.
    private static readonly TimeSpan _warnIssuing = CaTemplate.IssuingLifetime / 6;
    private static readonly TimeSpan _warnRoot = TimeSpan.FromDays(180);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = time.GetUtcNow();
        var state = $"issuing until {authority.IssuingExpiresAt.UtcDateTime:O}, root until {authority.RootExpiresAt.UtcDateTime:O}";
        return Task.FromResult(
            authority.IssuingExpiresAt <= now || authority.RootExpiresAt <= now ? HealthCheckResult.Unhealthy("expired: " + state)
            : authority.IssuingExpiresAt - now < _warnIssuing || authority.RootExpiresAt - now < _warnRoot ? HealthCheckResult.Degraded("expires soon: " + state)
            : HealthCheckResult.Healthy(state));
    }
}
