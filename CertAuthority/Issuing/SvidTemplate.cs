using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>What a leaf looks like. All of it is the authority's decision; of the asker it has the public key alone.</summary>
internal static class SvidTemplate
{
    public static CertificateRequest Build(SpiffeId id, PublicKey key, X509Certificate2 issuing, IssuingOptions options)
    {
        var service = id.Service!;
        var request = new CertificateRequest(new X500DistinguishedName("CN=" + service), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(TrustBundle.ServerUsage), new Oid(TrustBundle.ClientUsage)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuing, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(Names(id, options.DnsNames.GetValueOrDefault(service, []), options.IpAddresses.GetValueOrDefault(service, [])));
        return request;
    }

    private static X509Extension Names(SpiffeId id, string[] dnsNames, string[] addresses)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(id.ToString()));
        foreach (var name in dnsNames)
        {
            names.AddDnsName(name);
        }

        foreach (var address in addresses)
        {
            names.AddIpAddress(IPAddress.Parse(address));
        }

        return names.Build();
    }
}
