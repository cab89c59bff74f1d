using System.Text.Json.Serialization;
using Zakenak.Contracts;

namespace Zakenak.ModelServer.Features;

/// <summary>What is used of the proxy's problem details.</summary>
internal sealed record FeatureProblem(
    [property: JsonPropertyName("title")] string? Title,
    [property: JsonPropertyName("code")] string? Code);

[JsonSerializable(typeof(FeatureRequest))]
[JsonSerializable(typeof(FeatureResponse))]
[JsonSerializable(typeof(FeatureProblem))]
internal sealed partial class FeaturesJson : JsonSerializerContext;
