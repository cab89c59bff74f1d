using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>What the gateway's admin API says of its API keys.</summary>
/// <param name="Keys">Without their hashes, oldest first.</param>
public sealed record ApiKeyListing([property: JsonPropertyName("keys")] IReadOnlyList<ApiKeyItem> Keys);

/// <summary>The answer to the creation of an API key; the only time that it is shown.</summary>
/// <param name="Key">The whole key. A secret.</param>
public sealed record ApiKeyCreated(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("item")] ApiKeyItem Item);
