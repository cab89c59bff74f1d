namespace Zakenak.ServiceDefaults.Grants;

/// <summary>A signed grant.</summary>
/// <param name="Jws">Compact.</param>
/// <param name="Svid">Whose key signed it. One that was minted for the peer of a connection goes over those of this SVID only.</param>
public readonly record struct MintedGrant(string Jws, Svid Svid)
{
    /// <summary>Without the JWS, which is a credential.</summary>
    public override string ToString() => "grant";
}
