using System.Diagnostics;
using System.Diagnostics.Metrics;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Edge;

/// <summary>What the edge turned away, and how many addresses it counts for.</summary>
internal sealed class EdgeMetrics
{
    private readonly Counter<long> _refused;

    public EdgeMetrics(IMeterFactory meters, AddressTable addresses)
    {
        var meter = meters.Create(RequestMetrics.MeterName);
        _refused = meter.CreateCounter<long>("zakenak_gateway_edge_refusals", "{refusal}", "Connections and requests that the edge turned away before anybody knew whose they were.");
        foreach (var reason in Enum.GetValues<EdgeRefusal>())
            _refused.Add(0, Label(reason));
        meter.CreateObservableGauge("zakenak_gateway_edge_addresses", () => addresses.Count, "{address}", "Addresses with connections, or with requests that are counted.");
    }

    public void Refused(EdgeRefusal reason) => _refused.Add(1, Label(reason));

    private static TagList Label(EdgeRefusal reason) => new()
    {
        {
            "reason",
            reason switch
            {
                EdgeRefusal.Connections => "connections",
                EdgeRefusal.AddressConnections => "address_connections",
                EdgeRefusal.AddressRequests => "address_requests",
                EdgeRefusal.AddressRefusals => "address_refusals",
                EdgeRefusal.Method => "method",
                EdgeRefusal.Framing => "framing",
                _ => "unreadable",
            }
        },
    };
}
