using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.ServiceDefaults;

/// <summary>The check <c>identity</c> and the gauge beside it: warn while there is still time.</summary>
internal sealed class IdentityHealth : IHealthCheck, IDisposable
{
    private readonly IWorkloadIdentity _identity;
    private readonly RenewalStatus _status;
    private readonly TimeProvider _time;
    private readonly Meter _meter;

    public IdentityHealth(IWorkloadIdentity identity, RenewalStatus status, TimeProvider time, IMeterFactory meters)
    {
        (_identity, _status, _time) = (identity, status, time);
        _meter = meters.Create("Zakenak.Identity");
        _meter.CreateObservableGauge(
            "zakenak.svid.expires",
            () => _identity.IsEnrolled ? [new Measurement<double>((_identity.Current.NotAfter - _time.GetUtcNow()).TotalSeconds)] : Array.Empty<Measurement<double>>(),
            "s",
            "Seconds until the current SVID expires; negative afterwards.");
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check());

    public void Dispose() => _meter.Dispose();

    private HealthCheckResult Check()
    {
        var trouble = _status.Trouble;
        if (!_identity.IsEnrolled)
        {
            return HealthCheckResult.Unhealthy($"not enrolled as {_identity.Id}: {trouble?.Reason ?? "asking the certificate authority"}");
        }

        var left = _identity.Current.NotAfter - _time.GetUtcNow();
        return left <= TimeSpan.Zero ? HealthCheckResult.Unhealthy($"the SVID of {_identity.Id} expired: {trouble?.Reason ?? "renewing"}")
            : trouble is not null ? HealthCheckResult.Degraded($"renewal has failed since {trouble.Since:O} and the SVID expires in {left.TotalSeconds:F0} s: {trouble.Reason}")
            : HealthCheckResult.Healthy($"{_identity.Id}, SVID valid until {_identity.Current.NotAfter.UtcDateTime:O}");
    }
}
