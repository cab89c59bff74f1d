using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zakenak.Gateway.Routing;

/// <summary>The body of <c>GET /v1/models</c>, from a model server and to a client.</summary>
internal sealed partial record ModelList(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("data")] IReadOnlyList<ModelList.Item> Data)
{
    /// <param name="Zakenak">What OpenAI's item has no place for.</param>
    internal sealed record Item(
        [property: JsonPropertyName("id")] string? Id,
        [property: JsonPropertyName("object")] string? Object,
        [property: JsonPropertyName("created")] long Created,
        [property: JsonPropertyName("owned_by")] string? OwnedBy,
        [property: JsonPropertyName("zakenak")] Origin? Zakenak);

    internal sealed record Origin(
        [property: JsonPropertyName("name")] string? Name,
        [property: JsonPropertyName("version")] string? Version,
        [property: JsonPropertyName("digest")] string? Digest,
        [property: JsonPropertyName("stage")] string? Stage);

    public static byte[] Write(IEnumerable<ModelVersion> models) =>
        JsonSerializer.SerializeToUtf8Bytes(new ModelList("list", [.. models.Select(ToItem)]), ModelListJson.Default.ModelList);

    public static byte[] Write(ModelVersion model) => JsonSerializer.SerializeToUtf8Bytes(ToItem(model), ModelListJson.Default.Item);

    /// <summary>The versions in a model server's answer.</summary>
    /// <exception cref="InvalidDataException">It is no such list, or an item is not what it should be.</exception>
    public static IReadOnlyList<ModelVersion> Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var list = JsonSerializer.Deserialize(json, ModelListJson.Default.ModelList);
            return list?.Data is { } data
                ? [.. data.Select(i => ModelVersion.TryCreate(i?.Id, i?.Zakenak?.Name, i?.Zakenak?.Version, i?.Zakenak?.Digest, i?.Zakenak?.Stage, i?.Created ?? 0)
                    ?? throw new InvalidDataException("An item of the list of models lacks a valid id, name, version, digest or stage."))]
                : throw new InvalidDataException("The list of models has no data.");
        }
        catch (JsonException)
        {
            throw new InvalidDataException("The list of models is not valid JSON.");
        }
    }

    private static Item ToItem(ModelVersion model) =>
        new(model.Id, "model", model.Created, "zakenak", new Origin(model.Name, model.Version, model.Digest, model.Stage));

    [JsonSerializable(typeof(ModelList))]
    private sealed partial class ModelListJson : JsonSerializerContext;
}
