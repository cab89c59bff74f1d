using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.Refusals;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>
/// Who bears a token. The signature is checked by a key that the issuer showed us under the token's <c>kid</c>, and by no other: what the
/// token brings along (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>) is never looked at.
/// </summary>
internal sealed class JwtAuthenticator(LiveOptions<JwtOptions> options, JwksSources sources, TimeProvider time)
{
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = 64 * 1024 };
    private readonly TokenCache _cache = new();
    private volatile JwtRules? _rules;

    /// <summary>Whether any issuer's are.</summary>
    public bool AreAccepted => options.Current.Issuers.Count > 0;

    /// <param name="token">What came in the header.</param>
    /// <param name="ring">Has the limits of tenants.</param>
    /// <param name="cancellation">Of the request.</param>
    public ValueTask<Identification> AuthenticateAsync(ReadOnlySpan<char> token, ApiKeyRing ring, CancellationToken cancellation)
    {
        var rules = CurrentRules();
        if (token.Length > rules.Options.MaxTokenLength)
            return Refused(AccessReasons.TooLarge);
        if (TokenHash.Of(token) is not { } hash)
            return Refused(AccessReasons.Malformed);
        var now = time.GetUtcNow();
        if (_cache.Find(hash) is { } known && known.Rules == rules && known.Keys.Has(known.Key) && now < known.Ends)
        {
            if (known.Ring != ring)
                _cache.Add(hash, known = known with { Ring = ring, Client = known.Client with { TenantLimits = ring.LimitsOf(known.Client.Tenant) } }, rules.Options.CachedTokens);
            return ValueTask.FromResult<Identification>(known.Client);
        }

        return VerifyAsync(token.ToString(), hash, rules, ring, cancellation);
    }

    private static ValueTask<Identification> Refused(string reason) => ValueTask.FromResult<Identification>(Fault(reason));

    private static AccessFault Fault(string reason, Refusal? answer = null, string? name = null) =>
        new(IdentityKind.Jwt, reason, answer ?? ApiRefusals.InvalidToken, name);

    private async ValueTask<Identification> VerifyAsync(string text, TokenHash hash, JwtRules rules, ApiKeyRing ring, CancellationToken cancellation)
    {
        if (TryRead(text) is not { } token)
            return Fault(AccessReasons.Malformed);
        if (rules.Find(token.Issuer) is not { } issuer)
            return Fault(AccessReasons.Issuer);
        if (!issuer.Options.AllowedAlgorithms.Contains(token.Alg))
            return Fault(AccessReasons.Algorithm);
        if (string.IsNullOrEmpty(token.Kid))
            return Fault(AccessReasons.UnknownSigner);
        if (await issuer.Keys.FindAsync(token.Kid, cancellation) is not { } key)
            return issuer.Keys.IsUsable ? Fault(AccessReasons.UnknownSigner) : Fault(AccessReasons.SignersUnavailable, ApiRefusals.IdentityUnavailable);
        if (!key.Fits(token.Alg))
            return Fault(AccessReasons.Algorithm);
        var validated = await _handler.ValidateTokenAsync(token, issuer.For(key));
        if (!validated.IsValid)
            return Fault(ReasonOf(validated.Exception));

        using var claims = TokenClaims.TryRead(token.EncodedPayload);
        if (claims?.ToClient(issuer.Options) is not { } client)
            return Fault(AccessReasons.Claims);
        var (now, skew) = (time.GetUtcNow(), rules.Options.ClockSkew);
        if (claims.Time("exp") is not { } expires || (claims.Has("nbf") && claims.Time("nbf") is null) || (claims.Has("iat") && claims.Time("iat") is null))
            return Fault(AccessReasons.Claims, name: client.KeyId);
        if (now >= expires + skew)
            return Fault(AccessReasons.Expired, ApiRefusals.TokenExpired, client.KeyId);
        if (now < claims.Time("nbf") - skew || now < claims.Time("iat") - skew)
            return Fault(AccessReasons.NotYetValid, name: client.KeyId);

        client = client with { TenantLimits = ring.LimitsOf(client.Tenant) };
        _cache.Add(hash, new VerifiedToken(client, expires + skew, rules, issuer.Keys, key, ring), rules.Options.CachedTokens);
        return client;
    }

    /// <summary>Three parts and no extension that the issuer holds to be critical (RFC 7515, section 4.1.11): we know of none.</summary>
    private static JsonWebToken? TryRead(string text)
    {
        if (text.AsSpan().Count('.') != 2)
            return null;
        try
        {
            var token = new JsonWebToken(text);
            _ = (token.Issuer, token.Alg, token.Kid); // these may throw too
            return token.TryGetHeaderValue<object>("crit", out _) ? null : token;
        }
#pragma warning disable CA1031 // The library says in many ways that it can't read a text.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    private static string ReasonOf(Exception? fault) => fault switch
    {
        SecurityTokenInvalidAudienceException => AccessReasons.Audience,
        SecurityTokenInvalidIssuerException => AccessReasons.Issuer,
        SecurityTokenInvalidAlgorithmException => AccessReasons.Algorithm,
        SecurityTokenInvalidTypeException => AccessReasons.TokenType,
        _ => AccessReasons.Signature,
    };

    private JwtRules CurrentRules()
    {
        var current = options.Current;
        var rules = _rules;
        return rules is not null && rules.Options == current ? rules : _rules = new JwtRules(current, sources);
    }
}
