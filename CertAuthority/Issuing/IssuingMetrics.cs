using System.Diagnostics.Metrics;

namespace Zakenak.CertAuthority;

/// <summary>Meter <c>Zakenak.CertAuthority</c>. Labels are our own words: proofs and codes.</summary>
internal sealed class IssuingMetrics
{
    private readonly Counter<long> _issued;
    private readonly Counter<long> _failures;

    public IssuingMetrics(IMeterFactory meters, Authority authority, TimeProvider time)
    {
        var meter = meters.Create("Zakenak.CertAuthority");
        _issued = meter.CreateCounter<long>("zakenak_svids_issued", "{svid}", "SVIDs issued to others, by what was proved.");
        _failures = meter.CreateCounter<long>("zakenak_enrollment_failures", "{failure}", "Requests for SVIDs that were refused, by code.");
        meter.CreateObservableGauge(
            "zakenak_ca_expires",
            () => (Measurement<double>[])[Left("issuing", authority.IssuingExpiresAt), Left("root", authority.RootExpiresAt)],
            "s",
            "Seconds until a certificate of the authority expires; negative afterwards.");

        Measurement<double> Left(string certificate, DateTimeOffset end) =>
            new((end - time.GetUtcNow()).TotalSeconds, new KeyValuePair<string, object?>("certificate", certificate));
    }

    public void Issued(string proof) => _issued.Add(1, new KeyValuePair<string, object?>("proof", proof));

    public void Refused(string code) => _failures.Add(1, new KeyValuePair<string, object?>("code", code));
}
