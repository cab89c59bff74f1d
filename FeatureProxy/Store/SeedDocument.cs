using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zakenak.FeatureProxy.Store;

/// <summary>The seed file as it is written.</summary>
internal sealed record SeedDocument(
    [property: JsonPropertyName("views")] IReadOnlyDictionary<string, SeedView> Views,
    [property: JsonPropertyName("rows")] IReadOnlyList<SeedRow> Rows);

/// <param name="Features">Names of the features that rows of this view may have.</param>
internal sealed record SeedView([property: JsonPropertyName("features")] IReadOnlyList<string> Features);

/// <param name="Features">Text, numbers or booleans by feature; null or absent where there is none.</param>
internal sealed record SeedRow(
    [property: JsonPropertyName("view")] string View,
    [property: JsonPropertyName("tenant")] string Tenant,
    [property: JsonPropertyName("entity")] string Entity,
    [property: JsonPropertyName("features")] IReadOnlyDictionary<string, JsonElement> Features);

/// <summary>Strict, so that a misspelt member is an error and not a missing feature.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    MaxDepth = 5)]
[JsonSerializable(typeof(SeedDocument))]
internal sealed partial class SeedJson : JsonSerializerContext;
