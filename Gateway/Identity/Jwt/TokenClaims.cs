using System.Buffers.Text;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>What a token whose signature was verified says of its bearer (RFC 7519, section 4).</summary>
internal sealed class TokenClaims : IDisposable
{
    /// <summary>OpenID Connect Core, section 2.</summary>
    private const int MaxSubjectLength = 255;

    private const int MaxModels = 256;

    // A name twice could mean one thing to the library and another one here.
    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private readonly JsonDocument _payload;

    private TokenClaims(JsonDocument payload) => _payload = payload;

    /// <summary>Null where it is no JSON object, or has a name twice.</summary>
    public static TokenClaims? TryRead(string payload)
    {
        try
        {
            var document = JsonDocument.Parse(Base64Url.DecodeFromChars(payload), _strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new TokenClaims(document);
            document.Dispose();
            return null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>A time in seconds since 1970, which may have a fraction; null where it is absent or none.</summary>
    public DateTimeOffset? Time(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var seconds) && seconds is >= 0 and < 250_000_000_000
            ? DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds)
            : null;

    public bool Has(string name) => Find(name) is not null;

    /// <summary>The client that the token stands for; null where its claims are of no use.</summary>
    public Client? ToClient(JwtIssuerOptions issuer)
    {
        if (Text("sub") is not { Length: > 0 and <= MaxSubjectLength } subject || subject.Any(c => c is <= ' ' or > '~'))
            return null;
        var tenant = issuer.Tenant is { Length: > 0 } own ? own : Text(issuer.TenantClaim!);
        if (!TenantName.IsValid(tenant)
            || (string.IsNullOrEmpty(issuer.Tenant) && !issuer.Tenants.Contains(JwtIssuerOptions.AnyTenant) && !issuer.Tenants.Contains(tenant!)))
            return null;
        var models = issuer.ModelsClaim is { Length: > 0 } claim && Has(claim) ? Words(claim) : [.. issuer.Models];
        return models is null or { Count: > MaxModels } || Scopes(issuer) is not { } scopes ? null : new Client
        {
            KeyId = $"{issuer.Name}/{subject}",
            Kind = IdentityKind.Jwt,
            Tenant = tenant!,
            Scopes = scopes,
            Models = models,
            Features = [],
        };
    }

    public void Dispose() => _payload.Dispose();

    /// <summary>Words that are none of ours mean nothing here.</summary>
    private ClientScopes? Scopes(JwtIssuerOptions issuer)
    {
        if (!Has(issuer.ScopeClaim))
            return ScopeNames.Parse(issuer.Scopes);
        if (Words(issuer.ScopeClaim) is not { } words)
            return null;
        var scopes = ClientScopes.None;
        foreach (var word in words)
        {
            if (word.StartsWith(issuer.ScopePrefix, StringComparison.Ordinal))
                scopes |= ScopeNames.Find(word.AsSpan(issuer.ScopePrefix.Length));
        }

        return scopes;
    }

    /// <summary>An array of strings, or the words of one (RFC 8693, section 4.2); null for anything else.</summary>
    private List<string>? Words(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.String } text => [.. text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        { ValueKind: JsonValueKind.Array } array when array.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
            [.. array.EnumerateArray().Select(e => e.GetString()!).Where(s => s.Length > 0)],
        _ => null,
    };

    private string? Text(string name) => Find(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private JsonElement? Find(string name) => _payload.RootElement.TryGetProperty(name, out var value) ? value : null;
}
