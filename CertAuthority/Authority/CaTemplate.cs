using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.CertAuthority;

/// <summary>What the root and the issuing certificates look like (X509-SVID standard, section 4; RFC 5280, 4.2.1).</summary>
internal static class CaTemplate
{
    public static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);
    public static readonly TimeSpan IssuingLifetime = TimeSpan.FromDays(90);

    // For peers whose clocks are behind.
    public static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);

    private static readonly Oid _nameConstraints = new("2.5.29.30");

    public static string IdOf(string trustDomain) => "spiffe://" + trustDomain;

    public static CertificateRequest Root(ECDsa key, string trustDomain) => Ca(key, trustDomain, "root", pathLength: 1);

    public static CertificateRequest Issuing(ECDsa key, string trustDomain, X509Certificate2 root, string name)
    {
        var request = Ca(key, trustDomain, name, pathLength: 0);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        // A stolen issuing key speaks for this trust domain and for no other.
        request.CertificateExtensions.Add(new X509Extension(_nameConstraints, EncodePermittedUriHost(trustDomain), critical: true));
        return request;
    }

    private static CertificateRequest Ca(ECDsa key, string trustDomain, string name, int pathLength)
    {
        var request = new CertificateRequest($"CN={name}, O={trustDomain}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(IdOf(trustDomain)));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    // NameConstraints ::= SEQUENCE { permittedSubtrees [0] SEQUENCE OF SEQUENCE { base GeneralName } }, with the host of a URI ([6]).
    private static byte[] EncodePermittedUriHost(string host)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, host, new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return writer.Encode();
    }
}
