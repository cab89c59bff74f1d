namespace Zakenak.ModelTrust.Signing;

/// <summary>Who made a signature that has been verified: a key, and by the certificate method whom its certificate names.</summary>
/// <param name="KeyId">SHA-256 of the SubjectPublicKeyInfo, lowercase hex; of the certificate's key where there is a certificate.</param>
/// <param name="Certificate">Null where the key itself is allowed.</param>
public sealed record Signer(string KeyId, CertificateIdentity? Certificate = null)
{
    public override string ToString() => Certificate is null ? $"key {KeyId}" : $"{Certificate} with key {KeyId}";
}
