using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>A request for online features: <c>POST /v1/features</c> of the feature proxy, and <c>zakenak.features</c> of a chat request.</summary>
/// <param name="Entity">View name to entity id, e.g. <c>customer</c> to <c>42</c>.</param>
/// <param name="Refs">Feature references <c>view:feature</c>, e.g. <c>customer:tier</c>.</param>
public sealed record FeatureRequest(
    [property: JsonPropertyName("entity")] IReadOnlyDictionary<string, string> Entity,
    [property: JsonPropertyName("refs")] IReadOnlyList<string> Refs);

/// <summary>The values found, one for each ref, in the order asked.</summary>
public sealed record FeatureResponse(
    [property: JsonPropertyName("values")] IReadOnlyList<FeatureValue> Values);

/// <summary>One feature's value as text; null where the entity has none.</summary>
public sealed record FeatureValue(
    [property: JsonPropertyName("ref")] string Ref,
    [property: JsonPropertyName("value")] string? Value);
