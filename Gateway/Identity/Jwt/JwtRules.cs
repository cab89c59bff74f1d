using System.Collections.Frozen;
using Microsoft.IdentityModel.Tokens;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>What is asked of tokens by one state of the options.</summary>
internal sealed class JwtRules
{
    private readonly FrozenDictionary<string, Issuer> _issuers;

    public JwtRules(JwtOptions options, JwksSources sources)
    {
        Options = options;
        _issuers = options.Issuers.ToFrozenDictionary(i => i.Issuer, i => new Issuer(i, sources.For(i)), StringComparer.Ordinal);
    }

    public JwtOptions Options { get; }

    /// <summary>Null where no such issuer is configured.</summary>
    public Issuer? Find(string issuer) => _issuers.GetValueOrDefault(issuer);

    /// <summary>An issuer, its keys, and what the library is to check of its tokens. Times are ours to check: the library's clock is the machine's.</summary>
    internal sealed class Issuer(JwtIssuerOptions options, JwksSource keys)
    {
        public JwtIssuerOptions Options => options;

        public JwksSource Keys => keys;

        public TokenValidationParameters For(VerificationKey key) => new()
        {
            IssuerSigningKey = key.Key,
            TryAllIssuerSigningKeys = false,
            RequireSignedTokens = true,
            ValidAlgorithms = options.AllowedAlgorithms,
            ValidTypes = options.TokenTypes.Count > 0 ? options.TokenTypes : null,
            ValidIssuer = options.Issuer,
            ValidAudiences = options.Audiences,
            RequireAudience = true,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            ValidateLifetime = false,
            LogValidationExceptions = false,
        };
    }
}
