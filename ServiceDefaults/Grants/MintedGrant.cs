namespace Zakenak.ServiceDefaults.Grants;

/// <summary>
/// A grant as a compact JWS in two parts: the protected header, which holds the certificates, is most of it, and the same for the life of an SVID; and
/// what this grant alone says. Each part has a header field of its own, so that a request makes only its own part.
/// </summary>
/// <param name="Header">The JWS up to its first dot.</param>
/// <param name="ClaimsAndSignature">The JWS from there on.</param>
public readonly record struct MintedGrant(string Header, string ClaimsAndSignature)
{
    /// <summary>The whole JWS.</summary>
    public override string ToString() => $"{Header}.{ClaimsAndSignature}";
}
