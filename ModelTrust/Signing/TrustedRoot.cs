using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ModelTrust.Signing;

/// <summary>A root certificate that is configured as trusted, and certificates of issuing CAs that may help to build a chain to it.</summary>
public sealed class TrustedRoot
{
    private TrustedRoot(X509Certificate2 anchor, IReadOnlyList<X509Certificate2> helpers)
    {
        Anchor = anchor;
        Helpers = helpers;
        Id = Convert.ToHexStringLower(SHA256.HashData(anchor.RawDataMemory.Span));
    }

    /// <summary>SHA-256 of the root's DER, lowercase hex.</summary>
    public string Id { get; }

    internal X509Certificate2 Anchor { get; }

    /// <summary>Not trusted for being here: each must itself lead to the anchor.</summary>
    internal IReadOnlyList<X509Certificate2> Helpers { get; }

    /// <summary>Reads a PEM file with one self-signed certificate; issuing CAs may stand beside it.</summary>
    public static Result<TrustedRoot> Load(string path)
    {
        var text = CertificatePem.ReadFile(path);
        return text.IsSuccess ? Parse(text.Value, path) : text.Refusal;
    }

    public static Result<TrustedRoot> Parse(string pem, string source)
    {
        var encoded = CertificatePem.Parse(pem, source);
        if (!encoded.IsSuccess)
        {
            return encoded.Refusal;
        }

        var certificates = encoded.Value.Select(der => X509CertificateLoader.LoadCertificate(der)).ToLookup(IsSelfIssued);
        return certificates[true].Count() == 1
            ? new TrustedRoot(certificates[true].Single(), [.. certificates[false]])
            : new Refusal(
                RefusalCodes.CertificateMalformed,
                $"{source} holds {certificates[true].Count()} self-signed certificates, and a root is exactly one. Give every root a file of its own; an issuing CA alone can't be a root.");
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
