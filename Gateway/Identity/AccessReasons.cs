namespace Zakenak.Gateway.Identity;

/// <summary>Why a request was refused, in one word each. A closed set: it labels a metric.</summary>
internal static class AccessReasons
{
    /// <summary>No credentials, and no client certificate.</summary>
    public const string Missing = "missing";

    /// <summary>Not of the form of a key or token.</summary>
    public const string Malformed = "malformed";
    public const string TooLarge = "too_large";

    /// <summary>No such key or certificate is known here.</summary>
    public const string Unknown = "unknown";

    /// <summary>The API keys can't be had.</summary>
    public const string KeysUnavailable = "keys_unavailable";
    public const string WrongSecret = "wrong_secret";
    public const string Revoked = "revoked";
    public const string Expired = "expired";
    public const string NotYetValid = "not_yet_valid";

    /// <summary>The client may not ask for this.</summary>
    public const string Scope = "scope";

    public const string Issuer = "issuer";
    public const string Audience = "audience";
    public const string Algorithm = "algorithm";
    public const string TokenType = "token_type";

    /// <summary>The issuer has no such key.</summary>
    public const string UnknownSigner = "unknown_signer";

    /// <summary>The issuer's keys can't be had.</summary>
    public const string SignersUnavailable = "signers_unavailable";
    public const string Signature = "signature";

    /// <summary>Signed, but what the token says of its bearer can't be used.</summary>
    public const string Claims = "claims";
}
