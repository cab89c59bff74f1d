using System.Diagnostics.Metrics;

namespace Zakenak.ServiceDefaults;

/// <summary>Meter <c>Zakenak.Identity</c>: how long the SVID lasts, and whether the next one comes.</summary>
internal sealed class IdentityMetrics
{
    public IdentityMetrics(IWorkloadIdentity identity, RenewalStatus status, TimeProvider time, IMeterFactory meters)
    {
        var meter = meters.Create("Zakenak.Identity");
        meter.CreateObservableGauge(
            "zakenak_svid_expires",
            () => identity.IsEnrolled ? [new Measurement<double>((identity.Current.NotAfter - time.GetUtcNow()).TotalSeconds)] : Array.Empty<Measurement<double>>(),
            "s",
            "Seconds until the current SVID expires; negative afterwards, absent before the first.");
        meter.CreateObservableCounter("zakenak_svid_failures", () => status.Failures, "{failure}", "Enrollments and renewals of this process that brought no SVID.");
    }
}
