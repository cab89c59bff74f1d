namespace Zakenak.ModelTrust.Signing;

/// <summary>A signer that is allowed by what its certificate says.</summary>
/// <param name="Root">Where the certificate's chain must end.</param>
/// <param name="Identity">A URI, e-mail address or DNS name among its subject alternative names, compared exactly; null allows everybody whom this root certifies for signing.</param>
/// <param name="Issuer">What Fulcio's issuer extension must say; null where it does not matter.</param>
public sealed record AllowedCertificate(TrustedRoot Root, string? Identity, string? Issuer = null)
{
    internal bool Allows(CertificateIdentity certificate) =>
        certificate.RootId == Root.Id && (Identity is null || Identity == certificate.Name) && (Issuer is null || Issuer == certificate.Issuer);
}
