using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>Whether the keys of token issuers can be had.</summary>
internal sealed class JwtMetrics
{
    public JwtMetrics(IMeterFactory meters, JwksSources sources)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        meter.CreateObservableGauge("zakenak_gateway_jwks_age",
            () => sources.Current.Where(s => s.Age is not null).Select(s => new Measurement<double>(s.Age!.Value.TotalSeconds, Of(s))),
            "s", "Time since an issuer's keys were last read.");
        meter.CreateObservableCounter("zakenak_gateway_jwks_failures",
            () => sources.Current.Select(s => new Measurement<long>(s.Failures, Of(s))), "{failure}", "Reads of an issuer's keys that brought none.");
    }

    private static KeyValuePair<string, object?> Of(JwksSource source) => new("zakenak_issuer", source.Name);
}
