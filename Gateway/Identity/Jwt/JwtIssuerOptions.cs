using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>One identity provider: how its tokens are known, and what they may do here.</summary>
internal sealed class JwtIssuerOptions
{
    /// <summary>Every tenant, where tenants are listed.</summary>
    public const string AnyTenant = "*";

    private static readonly string[] _defaultAlgorithms = ["RS256", "PS256", "ES256"];

    /// <summary>Our own name for it: the first part of its clients' names, and a label of metrics.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its <c>iss</c>, character by character.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Whom its tokens are meant for: one of these must be in <c>aud</c>.</summary>
    public IList<string> Audiences { get; init; } = [];

    /// <summary>Address of its keys (a JWK set); https only, redirects are not followed.</summary>
    public string? JwksUrl { get; set; }

    /// <summary>PEM of the roots by which that address must prove itself; absent: those of the system.</summary>
    [Mount(MountKind.File)]
    public string? JwksCaFile { get; set; }

    /// <summary>File of its keys, in place of an address; followed while the gateway runs.</summary>
    [Mount(MountKind.File)]
    public string? JwksFile { get; set; }

    /// <summary>Algorithms of its signatures, of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512; none named: RS256, PS256 and ES256.</summary>
    public IList<string> Algorithms { get; init; } = [];

    /// <summary>What the header's <c>typ</c> may be, e.g. <c>at+jwt</c>; none named: anything.</summary>
    public IList<string> TokenTypes { get; init; } = [];

    /// <summary>The tenant of all its clients.</summary>
    public string? Tenant { get; set; }

    /// <summary>Or the claim that names a client's tenant.</summary>
    public string? TenantClaim { get; set; }

    /// <summary>Tenants that its claim may name; <c>*</c>: any.</summary>
    public IList<string> Tenants { get; init; } = [];

    /// <summary>The claim with scopes: words in a string, or an array of strings.</summary>
    public string ScopeClaim { get; set; } = "scope";

    /// <summary>What ours begin with there; others are somebody else's.</summary>
    public string ScopePrefix { get; set; } = "";

    /// <summary>Scopes of a token without that claim; none named: it may do nothing.</summary>
    public IList<string> Scopes { get; init; } = [];

    /// <summary>The claim with models, as with scopes; absent: <see cref="Models"/> are every token's.</summary>
    public string? ModelsClaim { get; set; }

    /// <summary>Models of a token without that claim, <c>*</c>: every one; none named: it may use none.</summary>
    public IList<string> Models { get; init; } = [];

    public IList<string> AllowedAlgorithms => Algorithms.Count > 0 ? Algorithms : _defaultAlgorithms;

    /// <summary>The first setting that can't be as it is, and what is wrong with it.</summary>
    public (string Key, string What)? Fault()
    {
        if (!TenantName.IsValid(Name))
            return (nameof(Name), $"must be {TenantName.Rule}");
        if (Issuer.Length == 0)
            return (nameof(Issuer), "must be the 'iss' of the tokens");
        if (Audiences.Count == 0 || Audiences.Any(string.IsNullOrEmpty))
            return (nameof(Audiences), "must name whom the tokens are meant for");
        if (string.IsNullOrEmpty(JwksUrl) == string.IsNullOrEmpty(JwksFile))
            return (nameof(JwksUrl), "either this or JwksFile must be there");
        if (!string.IsNullOrEmpty(JwksUrl) && (!Uri.TryCreate(JwksUrl, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps))
            return (nameof(JwksUrl), "must be an https address: whoever changes keys on their way signs tokens");
        if (Algorithms.FirstOrDefault(a => !SigningAlgorithm.IsKnown(a)) is not null)
            return (nameof(Algorithms), $"has one that is none of {SigningAlgorithm.Names}");
        if (string.IsNullOrEmpty(Tenant) == string.IsNullOrEmpty(TenantClaim))
            return (nameof(Tenant), "either this or TenantClaim must be there");
        if (!string.IsNullOrEmpty(Tenant) && !TenantName.IsValid(Tenant))
            return (nameof(Tenant), $"must be {TenantName.Rule}");
        if (!string.IsNullOrEmpty(TenantClaim) && (Tenants.Count == 0 || !Tenants.All(t => t == AnyTenant || TenantName.IsValid(t))))
            return (nameof(Tenants), "must name the tenants that TenantClaim may name, or '*'");
        return ScopeNames.Parse(Scopes) is null ? (nameof(Scopes), $"has a name other than {ScopeNames.All}") : null;
    }
}
