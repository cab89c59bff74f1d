using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>An API key as it is kept and shown: what it may do and how it is known, never the key. Without its hash where it is shown.</summary>
public sealed record ApiKeyItem
{
    private const int MaxLabelLength = 64;
    private const int MaxNames = 256;

    /// <summary>They travel in a header with every request of the key.</summary>
    private const int MaxFeatureCharacters = 4096;

    /// <summary>The public part of the key.</summary>
    [JsonPropertyName("id")] public required string Id { get; init; }

    /// <summary>SHA-256 of the whole key, 64 hex digits.</summary>
    [JsonPropertyName("sha256")] public string? Sha256 { get; init; }

    /// <summary>For people.</summary>
    [JsonPropertyName("label")] public string? Label { get; init; }

    /// <summary>The tenant that is billed and limited.</summary>
    [JsonPropertyName("tenant")] public required string Tenant { get; init; }

    /// <summary>What it may ask for, by <see cref="ScopeNames"/>; null is <see cref="ClientScopes.Default"/>.</summary>
    [JsonPropertyName("scopes")] public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Names or versions of models; null is every model.</summary>
    [JsonPropertyName("models")] public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Feature views that its requests may read; null is none.</summary>
    [JsonPropertyName("features")] public IReadOnlyList<FeatureGrant>? Features { get; init; }

    /// <summary>Null takes the gateway's default, here and in the next two.</summary>
    [JsonPropertyName("requests_per_minute")] public int? RequestsPerMinute { get; init; }

    [JsonPropertyName("tokens_per_minute")] public long? TokensPerMinute { get; init; }

    [JsonPropertyName("concurrent_requests")] public int? ConcurrentRequests { get; init; }

    [JsonPropertyName("created")] public DateTimeOffset? Created { get; init; }

    /// <summary>First moment at which it is refused; null never.</summary>
    [JsonPropertyName("expires")] public DateTimeOffset? Expires { get; init; }

    /// <summary>When it was revoked; null where it was not. There is no way back.</summary>
    [JsonPropertyName("revoked")] public DateTimeOffset? Revoked { get; init; }

    /// <summary>The first member that can't be as it is, and what is wrong with it as the end of a sentence. Limits are the gateway's to judge.</summary>
    public (string Member, string What)? Fault()
    {
        if (!ApiKey.IsId(Id))
            return ("id", $"is not {ApiKey.IdLength} lower-case hex digits");
        if (Sha256 is not { Length: 64 } || Sha256.Any(c => !char.IsAsciiHexDigit(c)))
            return ("sha256", "is not 64 hex digits");
        if (Label is { } label && (label.Length is 0 or > MaxLabelLength || label.Any(char.IsControl)))
            return ("label", $"is not 1 to {MaxLabelLength} characters in one line");
        if (!TenantName.IsValid(Tenant))
            return ("tenant", $"is not {TenantName.Rule}");
        if (Scopes is not null && ScopeNames.Parse(Scopes) is null)
            return ("scopes", $"has a name other than {ScopeNames.All}");
        if (Models is not null && (Models.Count > MaxNames || Models.Any(string.IsNullOrEmpty)))
            return ("models", $"has an empty name, or more than {MaxNames}");
        if (Features is not null && Features.Any(f => f is null || string.IsNullOrEmpty(f.View) || f.Entities is null || f.Entities.Any(string.IsNullOrEmpty)))
            return ("features", "needs a view and named entities in each item");
        if (Features?.Sum(f => f.View.Length + f.Entities.Sum(e => e.Length + 8)) > MaxFeatureCharacters)
            return ("features", $"is longer than {MaxFeatureCharacters} characters; name '*' for all entities of the tenant");
        return Expires <= Created ? ("expires", "is not after 'created'") : null;
    }
}
