using System.Buffers.Text;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>An X.509-SVID with its private key, ready for TLS. Immutable; renewal makes another.</summary>
public sealed class Svid
{
    /// <param name="certificate">Leaf with its private key.</param>
    /// <param name="chain">The issuing certificates that are sent along, nearest first; without the root.</param>
    public Svid(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> chain)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey)
        {
            throw new ArgumentException("An SVID without its private key proves nothing.", nameof(certificate));
        }

        Certificate = certificate;
        Thumbprint = ThumbprintOf(certificate);
        Chain = chain;

        // Made once for each SVID: TLS keeps its sessions and native context with this object. Offline: nothing is downloaded.
        ServerContext = SslStreamCertificateContext.Create(certificate, [.. chain], offline: true);
    }

    /// <summary>The leaf, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The leaf's SHA-256 in base64url, as a JWS names its certificate (RFC 7515, section 4.1.8).</summary>
    public string Thumbprint { get; }

    /// <summary>Issuing certificates, nearest first, without the root.</summary>
    public IReadOnlyList<X509Certificate2> Chain { get; }

    /// <summary>For servers and, as <c>ClientCertificateContext</c>, for clients: it is what makes them send the chain.</summary>
    public SslStreamCertificateContext ServerContext { get; }

    public DateTimeOffset NotBefore => Certificate.NotBefore;

    public DateTimeOffset NotAfter => Certificate.NotAfter;

    internal static string ThumbprintOf(X509Certificate2 certificate) => Base64Url.EncodeToString(SHA256.HashData(certificate.RawDataMemory.Span));
}
