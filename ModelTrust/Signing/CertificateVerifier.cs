using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ModelTrust.Signing;

/// <summary>
/// Whether a signer's certificate leads to a configured root, is valid now, is for signing, and names somebody who is allowed. There is no
/// timestamp that says when it signed, so <i>now</i> is the only time that counts: the signature ends with its certificate. Nothing is
/// downloaded and no revocation list is asked: who is no longer trusted is taken off the list of allowed signers.
/// </summary>
internal static class CertificateVerifier
{
    public static Result<CertificateIdentity> Verify(CertificateChain chain, IReadOnlyList<AllowedCertificate> allowed, DateTimeOffset now)
    {
        List<X509Certificate2> certificates = [];
        try
        {
            certificates.AddRange(chain.Certificates.Select(der => X509CertificateLoader.LoadCertificate(der)));
            var leaf = certificates[0];
            return RequireUsable(leaf, now) is { } unusable ? unusable : Identify(certificates, allowed, now);
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            return new Refusal(RefusalCodes.CertificateMalformed, "A certificate in the signature can't be read. Have the model signed again with a certificate that follows RFC 5280.");
        }
        finally
        {
            certificates.ForEach(certificate => certificate.Dispose());
        }
    }

    /// <summary>What a signer can check of its own certificate before it signs: time and use, not the root.</summary>
    public static Refusal? RequireUsable(X509Certificate2 leaf, DateTimeOffset now) =>
        now < leaf.NotBefore || now > leaf.NotAfter ? Expired(leaf)
        : SignerCertificate.IsForSigning(leaf) ? null
        : new Refusal(
            RefusalCodes.CertificateNotForSigning,
            $"The certificate of {Subject(leaf)} is not for signing code (key usage digital signature, extended key usage code signing). Sign with one that is.");

    private static Result<CertificateIdentity> Identify(List<X509Certificate2> certificates, IReadOnlyList<AllowedCertificate> allowed, DateTimeOffset now)
    {
        var leaf = certificates[0];
        var issuer = SignerCertificate.Issuer(leaf);
        List<string?> names = [.. SignerCertificate.Names(leaf)];
        names.Add(names.Count == 0 ? null : names[0]);
        Refusal? refusal = null;
        foreach (var root in allowed.Select(entry => entry.Root).DistinctBy(root => root.Id))
        {
            if (Build(certificates, root, now) is { } wrong)
            {
                refusal ??= wrong;
                continue;
            }

            var identity = names.Select(name => new CertificateIdentity(root.Id, name, issuer)).FirstOrDefault(found => allowed.Any(entry => entry.Allows(found)));
            if (identity is not null)
            {
                return identity;
            }

            refusal = new Refusal(
                RefusalCodes.SignerNotAllowed,
                $"The certificate names {(names[0] is null ? "nobody" : string.Join(", ", names.Take(names.Count - 1)))}{(issuer is null ? "" : $" (by {issuer})")}, who is not an allowed signer. Add that identity if you trust it, or have the model signed by somebody who is.");
        }

        return refusal ?? throw new ArgumentException("No certificate is allowed.", nameof(allowed));
    }

    private static Refusal? Build(List<X509Certificate2> certificates, TrustedRoot root, DateTimeOffset now)
    {
        // A self-signed certificate that is itself configured as the root: there is nothing to build, and it need not be a CA.
        if (certificates[0].RawDataMemory.Span.SequenceEqual(root.Anchor.RawDataMemory.Span))
        {
            return null;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root.Anchor);
        chain.ChainPolicy.ExtraStore.AddRange(certificates.Skip(1).Concat(root.Helpers).ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(SignerCertificate.CodeSigning));
        try
        {
            // The last one is compared too: that the chain ends in this very root is the whole point.
            if (chain.Build(certificates[0]) && chain.ChainElements[^1].Certificate.RawDataMemory.Span.SequenceEqual(root.Anchor.RawDataMemory.Span))
            {
                return null;
            }

            var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
            return flags == X509ChainStatusFlags.NotTimeValid
                ? Expired(chain.ChainElements.First(element => now < element.Certificate.NotBefore || now > element.Certificate.NotAfter).Certificate)
                : flags == X509ChainStatusFlags.NotValidForUsage
                ? new Refusal(RefusalCodes.CertificateNotForSigning, "A certificate in the chain may not issue certificates for signing code. Have the model signed with one whose CA may.")
                : new Refusal(
                    RefusalCodes.CertificateUntrusted,
                    $"The certificate of {Subject(certificates[0])} does not lead to an allowed root ({flags}). Add its root if you trust it, or have the model signed with the whole chain.");
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static Refusal Expired(X509Certificate2 certificate) => new(
        RefusalCodes.CertificateExpired,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The certificate of {Subject(certificate)} is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u} only. Have the model signed again with one that is valid."));

    private static string Subject(X509Certificate2 certificate) => certificate.Subject is { Length: > 0 and <= 200 } subject ? subject : "the signer";
}
