using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Takes the public key, and nothing else, out of a CSR.</summary>
internal static class CsrReader
{
    private const int MaxBytes = 4096;
    private const string P256 = "1.2.840.10045.3.1.7";

    private static readonly Refusal _malformed = new(StatusCodes.Status400BadRequest, "csr_malformed", "The CSR is not base64 of a PKCS #10 request that its own key signed.");
    private static readonly Refusal _keyNotAllowed = new(StatusCodes.Status400BadRequest, "key_not_allowed", "The CSR's key must be an EC key on P-256.");

    /// <summary>The key, its possession proved by the CSR's signature; or a refusal.</summary>
    public static PublicKey? TryRead(string? base64, out Refusal? refusal)
    {
        refusal = _malformed;
        var der = new byte[MaxBytes];
        if (base64 is not { Length: > 0 and <= MaxBytes * 4 / 3 } || !Convert.TryFromBase64String(base64, der, out var length))
        {
            return null;
        }

        try
        {
            // Checks the signature (proof of possession). Extensions it wishes for are not even loaded.
            var csr = CertificateRequest.LoadSigningRequest(der.AsSpan(0, length), HashAlgorithmName.SHA256, out var read);
            if (read != length)
            {
                return null;
            }

            refusal = IsP256(csr.PublicKey) ? null : _keyNotAllowed;
            return refusal is null ? csr.PublicKey : null;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static bool IsP256(PublicKey key)
    {
        using var ec = key.GetECDsaPublicKey();
        return ec?.ExportParameters(false) is { Curve: { IsNamed: true, Oid.Value: P256 } };
    }
}
