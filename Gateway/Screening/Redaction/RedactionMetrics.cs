using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>Counts what was taken out. Labels come from the options.</summary>
internal sealed class RedactionMetrics
{
    private readonly Counter<long> _redactions;

    public RedactionMetrics(IMeterFactory meters)
    {
        _redactions = meters.Create(RequestMetrics.MeterName).CreateCounter<long>(
            "zakenak_gateway_redactions", "{match}", "Matches of patterns that were taken out of answers and requests.");
        OfAnswer = pattern => _redactions.Add(1, new("pattern", pattern.Name), new("place", "answer"));
        OfRequest = pattern => _redactions.Add(1, new("pattern", pattern.Name), new("place", "request"));
    }

    public Action<Pattern> OfAnswer { get; }

    public Action<Pattern> OfRequest { get; }
}
