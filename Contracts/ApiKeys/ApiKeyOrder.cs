using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>What an API key is to be good for; absent members mean what they mean in <see cref="ApiKeyItem"/>.</summary>
public sealed record ApiKeyOrder
{
    [JsonPropertyName("label")] public string? Label { get; init; }

    [JsonPropertyName("tenant")] public required string Tenant { get; init; }

    [JsonPropertyName("scopes")] public IReadOnlyList<string>? Scopes { get; init; }

    [JsonPropertyName("models")] public IReadOnlyList<string>? Models { get; init; }

    [JsonPropertyName("features")] public IReadOnlyList<FeatureGrant>? Features { get; init; }

    [JsonPropertyName("requests_per_minute")] public int? RequestsPerMinute { get; init; }

    [JsonPropertyName("tokens_per_minute")] public long? TokensPerMinute { get; init; }

    [JsonPropertyName("concurrent_requests")] public int? ConcurrentRequests { get; init; }

    [JsonPropertyName("expires")] public DateTimeOffset? Expires { get; init; }

    /// <summary>Makes a key of it: the text for its bearer, and what is kept. Nobody can make the text of what is kept.</summary>
    public ApiKeyCreated Make(DateTimeOffset now)
    {
        var key = ApiKey.Create();
        ApiKey.TryGetId(key, out var id);
        Span<byte> hash = stackalloc byte[32];
        ApiKey.Hash(key, hash);
        return new ApiKeyCreated(key, new ApiKeyItem
        {
            Id = id.ToString(),
            Sha256 = Convert.ToHexStringLower(hash),
            Label = Label,
            Tenant = Tenant,
            Scopes = Scopes,
            Models = Models,
            Features = Features,
            RequestsPerMinute = RequestsPerMinute,
            TokensPerMinute = TokensPerMinute,
            ConcurrentRequests = ConcurrentRequests,
            Created = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero),
            Expires = Expires,
        });
    }
}
