using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>Checks what the certificate authority answered before it becomes this process's identity.</summary>
internal static class SvidAnswer
{
    private const int MaxCertificates = 16;

    public static SvidOutcome Read(byte[] body, ECDsa key, SpiffeId expected, IReadOnlyList<X509Certificate2> anchors, DateTimeOffset now)
    {
        try
        {
            return JsonSerializer.Deserialize<SvidResponse>(body) is { Certificates: { Count: > 0 } chain, Issuing: { } issuing }
                && chain.Count <= MaxCertificates && issuing.Count <= MaxCertificates
                ? Check([.. chain.Select(Load)], [.. issuing.Select(Load)], key, expected, anchors, now)
                : SvidOutcome.Failed("the certificate authority's answer lacks certificates");
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException or ArgumentNullException)
        {
            return SvidOutcome.Failed($"the certificate authority's answer is malformed ({e.GetType().Name})");
        }
    }

    private static SvidOutcome Check(
        X509Certificate2[] chain, X509Certificate2[] issuing, ECDsa key, SpiffeId expected, IReadOnlyList<X509Certificate2> anchors, DateTimeOffset now)
    {
        // The roots are the file's alone: an answer can bring issuing certificates, never new trust.
        var bundle = new TrustBundle(expected.TrustDomain, anchors, issuing);
        var leaf = chain[0];
        foreach (var usage in (string[])[TrustBundle.ServerUsage, TrustBundle.ClientUsage])
        {
            var verdict = bundle.Verify(leaf, chain[1..], usage, now);
            if (!verdict.IsAccepted)
            {
                return SvidOutcome.Failed($"the certificate authority issued a certificate that is no good: {verdict.Refusal}");
            }

            if (!verdict.Id.Equals(expected))
            {
                return SvidOutcome.Failed($"the certificate authority issued {verdict.Id}, this process is {expected}");
            }
        }

        return leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())
            ? SvidOutcome.Issued(new Svid(leaf.CopyWithPrivateKey(key), chain[1..]), bundle)
            : SvidOutcome.Failed("the certificate authority issued a certificate over another key");
    }

    private static X509Certificate2 Load(string base64) => X509CertificateLoader.LoadCertificate(Convert.FromBase64String(base64));
}
