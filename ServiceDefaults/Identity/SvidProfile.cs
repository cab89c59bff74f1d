using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>What a leaf certificate must look like to be an X.509-SVID (X509-SVID standard, sections 2, 4 and 5). Says nothing about who signed it.</summary>
public static class SvidProfile
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag _uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The SPIFFE id of a well-formed leaf, or what is wrong with it.</summary>
    public static SvidVerdict Read(X509Certificate2 leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        List<string> uris;
        try
        {
            uris = ReadUris(leaf);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return SvidVerdict.Refused("its subject alternative names are malformed");
        }

        if (uris.Count != 1)
        {
            return SvidVerdict.Refused($"it has {uris.Count} URI names, an SVID has exactly one");
        }

        if (!SpiffeId.TryParse(uris[0], out var id) || id.Path.Length == 0)
        {
            return SvidVerdict.Refused("its URI name is not the SPIFFE id of a workload");
        }

        return ReadConstraints(leaf) is { } fault ? SvidVerdict.Refused(fault) : SvidVerdict.Accepted(id, leaf);
    }

    /// <summary>URI subject alternative names; the framework's reader enumerates DNS names and addresses only.</summary>
    private static List<string> ReadUris(X509Certificate2 leaf)
    {
        List<string> uris = [];
        foreach (var extension in leaf.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(_uri))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, _uri));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }

        return uris;
    }

    private static string? ReadConstraints(X509Certificate2 leaf)
    {
        if (leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
        {
            return "it is a CA certificate (CA:TRUE), not a leaf";
        }

        var usage = leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (usage is null || !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
        {
            return "its key usage lacks digitalSignature";
        }

        return (usage.KeyUsages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != 0
            ? "its key usage allows signing certificates or CRLs"
            : null;
    }
}
