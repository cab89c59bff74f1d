using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ModelTrust.Signing;

/// <summary>The certificates that a signer sends along: its own first, then those that lead to a root. Nothing in it is believed for being there.</summary>
public sealed class CertificateChain
{
    internal CertificateChain(IReadOnlyList<byte[]> certificates) => Certificates = certificates;

    /// <summary>DER, the signer's own first.</summary>
    internal IReadOnlyList<byte[]> Certificates { get; }

    /// <summary>Reads a PEM file of certificates, the signer's own first.</summary>
    public static Result<CertificateChain> Load(string path)
    {
        var text = CertificatePem.ReadFile(path);
        if (!text.IsSuccess)
        {
            return text.Refusal;
        }

        var certificates = CertificatePem.Parse(text.Value, path);
        return certificates.IsSuccess ? new CertificateChain(certificates.Value) : certificates.Refusal;
    }

    internal static Result<SignerKey> KeyOf(byte[] der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return SignerKey.Import(certificate.PublicKey.ExportSubjectPublicKeyInfo(), "The signer's certificate");
        }
        catch (CryptographicException)
        {
            return new Refusal(RefusalCodes.CertificateMalformed, "The signer's certificate holds no key that can be read. Have it issued again.");
        }
    }
}
