using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>The answer to the creation of an API key; the only time that it is shown.</summary>
/// <param name="Key">The whole key. A secret.</param>
/// <param name="Item">What is kept of it.</param>
public sealed record ApiKeyCreated(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("item")] ApiKeyItem Item);
