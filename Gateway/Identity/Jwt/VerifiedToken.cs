using Zakenak.Gateway.Identity.ApiKeys;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>A token that was verified, by which rules, keys and limits; it counts as long as they are the same.</summary>
/// <param name="Ends">First moment at which it is expired, the issuer's clock's error included.</param>
/// <param name="Ring">Where its tenant's limits are from.</param>
internal sealed record VerifiedToken(Client Client, DateTimeOffset Ends, JwtRules Rules, JwksSource Keys, VerificationKey Key, ApiKeyRing Ring);
