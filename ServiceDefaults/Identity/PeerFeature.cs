using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>On a connection's features: the workload at its other end, as proved in the handshake.</summary>
/// <param name="certificate">Its leaf, the connection's own: not to be disposed of, and not to be kept longer than that.</param>
/// <param name="bundle">What it was checked against.</param>
internal sealed class PeerFeature(SpiffeId id, X509Certificate2 certificate, TrustBundle bundle)
{
    public SpiffeId Id { get; } = id;

    public DateTimeOffset NotAfter { get; } = certificate.NotAfter;

    public X509Certificate2 Certificate { get; } = certificate;

    public TrustBundle Bundle { get; } = bundle;

    /// <summary>As <see cref="Svid.Thumbprint"/>.</summary>
    public string Thumbprint { get; } = Svid.ThumbprintOf(certificate);
}
