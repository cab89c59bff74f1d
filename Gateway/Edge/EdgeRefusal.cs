namespace Zakenak.Gateway.Edge;

/// <summary>Why the edge refused a connection or a request.</summary>
internal enum EdgeRefusal
{
    Connections,
    AddressConnections,
    AddressRequests,
    AddressRefusals,
    Method,
    Framing,
    Unreadable,
}
