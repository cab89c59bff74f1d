using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>What the gateway's admin API says of its API keys.</summary>
/// <param name="Keys">Without their hashes, oldest first.</param>
/// <param name="Shared">Whether every replica of the gateway has them.</param>
public sealed record ApiKeyListing(
    [property: JsonPropertyName("keys")] IReadOnlyList<ApiKeyItem> Keys,
    [property: JsonPropertyName("shared")] bool Shared);
