namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Why a grant was refused.</summary>
public static class GrantCodes
{
    /// <summary>None was sent.</summary>
    public const string Missing = "grant_missing";

    /// <summary>Not a grant of our form: too long, another algorithm or type, a claim unknown, repeated, missing or out of its bounds.</summary>
    public const string Malformed = "grant_malformed";

    /// <summary>The key of its certificate did not sign it.</summary>
    public const string SignatureInvalid = "grant_signature_invalid";

    /// <summary>Its time is over or has not come.</summary>
    public const string Expired = "grant_expired";

    /// <summary>It is for other services.</summary>
    public const string Audience = "grant_audience";

    /// <summary>Its certificate is not a valid one of this trust domain's and namespace's gateway.</summary>
    public const string Issuer = "grant_issuer";
}
