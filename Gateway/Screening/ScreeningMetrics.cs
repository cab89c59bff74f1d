using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

/// <summary>Counts what was refused for what its body is, or holds.</summary>
internal sealed class ScreeningMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _refusals = meters.Create(RequestMetrics.MeterName).CreateCounter<long>(
        "zakenak_gateway_screening_refusals", "{request}", "Requests refused for what their bodies are or hold.");

    /// <summary>Its code is of a closed set.</summary>
    public void Refused(Refusal refusal) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", refusal.Code));
}
