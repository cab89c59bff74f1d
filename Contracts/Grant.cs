using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>What one request may do, decided and signed by the gateway: claims of a JWS (RFC 7515, RFC 7519).</summary>
public sealed record Grant
{
    /// <summary>SPIFFE id of the gateway that minted it.</summary>
    [JsonPropertyName("iss")] public required string Issuer { get; init; }

    /// <summary>Service names that may accept it.</summary>
    [JsonPropertyName("aud")] public required IReadOnlyList<string> Audience { get; init; }

    /// <summary>The tenant that is billed and limited.</summary>
    [JsonPropertyName("sub")] public required string Tenant { get; init; }

    /// <summary>The one request that it is for; null where requests that may do the same share it.</summary>
    [JsonPropertyName("jti")] public string? RequestId { get; init; }

    /// <summary>Seconds since the Unix epoch.</summary>
    [JsonPropertyName("iat")] public required long IssuedAt { get; init; }

    /// <summary>Seconds since the Unix epoch.</summary>
    [JsonPropertyName("exp")] public required long ExpiresAt { get; init; }

    /// <summary>Id of the API key (never the key); the scope of the prefix cache together with the tenant.</summary>
    [JsonPropertyName("key")] public required string KeyId { get; init; }

    /// <summary>Model version, <c>name:vN</c>.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>Upper bound of prompt plus completion in tokens; null where no budget was reserved.</summary>
    [JsonPropertyName("max_tokens")] public int? MaxTokens { get; init; }

    /// <summary>Upper bound of each completion alone; null where only the sum is bounded. It is what a request gets that names none.</summary>
    [JsonPropertyName("max_completion_tokens")] public int? MaxCompletionTokens { get; init; }

    /// <summary>Feature views that may be read, each with its entities; empty where none may.</summary>
    [JsonPropertyName("features")] public IReadOnlyList<FeatureGrant> Features { get; init; } = [];
}

/// <summary>One view a grant opens (<c>*</c> for every view): entity ids of the tenant, or <c>*</c> for all entities of that tenant.</summary>
public sealed record FeatureGrant(
    [property: JsonPropertyName("view")] string View,
    [property: JsonPropertyName("entities")] IReadOnlyList<string> Entities);
