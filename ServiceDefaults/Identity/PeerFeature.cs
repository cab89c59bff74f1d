namespace Zakenak.ServiceDefaults;

/// <summary>On a connection's features: the workload at its other end, as proved in the handshake.</summary>
internal sealed class PeerFeature(SpiffeId id, DateTimeOffset notBefore, DateTimeOffset notAfter)
{
    public SpiffeId Id { get; } = id;

    public DateTimeOffset NotBefore { get; } = notBefore;

    public DateTimeOffset NotAfter { get; } = notAfter;
}
