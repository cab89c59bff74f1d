namespace Zakenak.ServiceDefaults;

/// <summary>On a connection's features: the workload at its other end, as proved in the handshake.</summary>
internal sealed class PeerFeature(SpiffeId id, DateTimeOffset notAfter)
{
    public SpiffeId Id { get; } = id;

    public DateTimeOffset NotAfter { get; } = notAfter;
}
