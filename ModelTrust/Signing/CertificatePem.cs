using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ModelTrust.Signing;

/// <summary>Reads PEM text that holds certificates and nothing else.</summary>
internal static class CertificatePem
{
    public const int MaxCertificates = 10;

    /// <summary>Far above any certificate for signing; one with more is not looked at.</summary>
    public const int MaxCertificateBytes = 16 * 1024;

    private const int MaxFileBytes = MaxCertificates * MaxCertificateBytes * 2;
    private const string Label = "CERTIFICATE";

    public static Result<string> ReadFile(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxFileBytes }
                ? new Refusal(RefusalCodes.CertificateMalformed, $"{path} is larger than any chain of certificates. Name a PEM file of at most {MaxCertificates}.")
                : File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(RefusalCodes.CertificateMissing, $"{path} does not exist. Name a PEM file with the certificate.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.CertificateMalformed, $"{path} can't be read: {e.Message}");
        }
    }

    /// <summary>The DER of one to <see cref="MaxCertificates"/> certificates, each of which can be read.</summary>
    public static Result<IReadOnlyList<byte[]>> Parse(string pem, string source)
    {
        ArgumentNullException.ThrowIfNull(pem);
        List<byte[]> certificates = [];
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var label = rest[fields.Label];
            if (!label.SequenceEqual(Label))
            {
                return new Refusal(RefusalCodes.CertificateMalformed, $"{source} holds a {label}, where only a {Label} may be. Take it out.");
            }

            var der = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            if (!IsCertificate(der) || certificates.Count == MaxCertificates)
            {
                return new Refusal(RefusalCodes.CertificateMalformed, $"{source} holds more than {MaxCertificates} certificates, or one that can't be read. Export them again.");
            }

            certificates.Add(der);
            rest = rest[fields.Location.End..];
        }

        return certificates.Count > 0
            ? certificates
            : new Refusal(RefusalCodes.CertificateMalformed, $"{source} holds no {Label}. Name a PEM file with one.");
    }

    /// <summary>Whether these bytes are one certificate in DER and nothing after it; the loader would take PEM too.</summary>
    public static bool IsCertificate(byte[] der)
    {
        if (der.Length is 0 or > MaxCertificateBytes || der[0] != 0x30)
        {
            return false;
        }

        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.RawDataMemory.Span.SequenceEqual(der);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
