using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.CertAuthority;

/// <summary>A CA certificate and its key; the key of a root may be elsewhere.</summary>
/// <param name="Name">The folder it is kept in.</param>
/// <param name="Certificate">Without the private key, so that no copy of the certificate carries it anywhere.</param>
public sealed record SigningCertificate(string Name, X509Certificate2 Certificate, ECDsa? Key)
{
    private readonly Lock _signing = new();

    /// <exception cref="InvalidOperationException">The key is not here.</exception>
    public X509Certificate2 Sign(CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        ArgumentNullException.ThrowIfNull(request);
        var key = Key ?? throw new InvalidOperationException($"The key of {Name} is not here.");
        lock (_signing)
        {
            return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), notBefore, notAfter, Serial());
        }
    }

    // RFC 5280, 4.1.2.2: positive, unpredictable, at most 20 octets. The first bit stays clear so that 16 octets stay 16.
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x01);
        return serial;
    }
}
