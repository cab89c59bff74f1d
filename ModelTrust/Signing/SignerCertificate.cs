using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Zakenak.ModelTrust.Signing;

/// <summary>What a signer's certificate says of itself; to be believed only once its chain has been verified.</summary>
internal static class SignerCertificate
{
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string SubjectAlternativeName = "2.5.29.17";

    // Fulcio's issuer: DER text, and before that the bare text (its oid-info.md).
    private const string FulcioIssuer = "1.3.6.1.4.1.57264.1.8";
    private const string FulcioIssuerBefore = "1.3.6.1.4.1.57264.1.1";

    /// <summary>
    /// The reference implementation asks for key usage <i>digital signature</i> or extended key usage <i>code signing</i>. Here, what either
    /// extension says counts: a certificate for TLS servers signs no model.
    /// </summary>
    public static bool IsForSigning(X509Certificate2 certificate)
    {
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().SingleOrDefault();
        var extended = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SingleOrDefault();
        return (usage is not null || extended is not null)
            && (usage is null || usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            && (extended is null || extended.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == CodeSigning));
    }

    /// <summary>Its URIs, e-mail addresses and DNS names. One that does not look like its kind is left out, so that none passes for another kind.</summary>
    public static IReadOnlyList<string> Names(X509Certificate2 certificate)
    {
        List<string> names = [];
        if (certificate.Extensions[SubjectAlternativeName] is not { } extension)
        {
            return names;
        }

        var sequence = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var tag = sequence.PeekTag();
            Predicate<string>? looksRight = tag is { TagClass: TagClass.ContextSpecific, IsConstructed: false } ? tag.TagValue switch
            {
                1 => name => name.Contains('@', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal),
                2 => name => name.AsSpan().IndexOfAny('@', ':') < 0,
                6 => name => name.Contains(':', StringComparison.Ordinal),
                _ => null,
            }
            : null;
            if (looksRight is null)
            {
                sequence.ReadEncodedValue();
            }
            else if (sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag) is { Length: > 0 } name && looksRight(name) && !name.Any(char.IsControl))
            {
                names.Add(name);
            }
        }

        return names;
    }

    public static string? Issuer(X509Certificate2 certificate) =>
        certificate.Extensions[FulcioIssuer] is { } issuer ? new AsnReader(issuer.RawData, AsnEncodingRules.DER).ReadCharacterString(UniversalTagNumber.UTF8String)
        : certificate.Extensions[FulcioIssuerBefore] is { } before ? Encoding.UTF8.GetString(before.RawData)
        : null;
}
