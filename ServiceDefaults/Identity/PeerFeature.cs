using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>On a connection's features: the workload at its other end, as proved in the handshake.</summary>
/// <param name="certificate">Its leaf, the connection's own: not to be disposed of, and not to be kept longer than that.</param>
internal sealed class PeerFeature(SpiffeId id, DateTimeOffset notBefore, DateTimeOffset notAfter, X509Certificate2 certificate)
{
    public SpiffeId Id { get; } = id;

    public DateTimeOffset NotBefore { get; } = notBefore;

    public DateTimeOffset NotAfter { get; } = notAfter;

    public X509Certificate2 Certificate { get; } = certificate;

    /// <summary>As <see cref="Svid.Thumbprint"/>.</summary>
    public string Thumbprint { get; } = Svid.ThumbprintOf(certificate);
}
