namespace Zakenak.ModelTrust.Signing;

/// <summary>Whom a certificate that leads to a configured root names.</summary>
/// <param name="RootId"><see cref="TrustedRoot.Id"/> of the root that it leads to.</param>
/// <param name="Name">The subject alternative name that is allowed; null where any is, and the certificate has none.</param>
/// <param name="Issuer">Who vouched for the name before the CA did: Fulcio's issuer extension, such as <c>https://accounts.example.org</c>; usually null.</param>
public sealed record CertificateIdentity(string RootId, string? Name, string? Issuer)
{
    public override string ToString() => $"{Name ?? "a certificate without a name"}{(Issuer is null ? "" : $" (by {Issuer})")}";
}
