namespace Zakenak.Gateway.Screening.Redaction;

internal enum SecretAlphabet
{
    /// <summary>RFC 4648, section 5.</summary>
    Base64Url,

    /// <summary>With the dots between the parts of a compact JWS (RFC 7515).</summary>
    Token,

    CapitalsAndDigits,
}
