using System.Text.Json.Serialization;
using Zakenak.ModelServer.Loading;

namespace Zakenak.ModelServer.Completions;

/// <summary><c>GET /v1/models</c>: the one verified model, or none while it can't answer.</summary>
public static class ModelsEndpoint
{
    public static IResult Handle(ServedModel served)
    {
        ArgumentNullException.ThrowIfNull(served);
        ModelItem[] items = served.Current is { Engine.IsStalled: false } model
            ? [new ModelItem(model.Id, "model", model.LoadedAt.ToUnixTimeSeconds(), "zakenak", new ModelIdentity(model.Name, model.Version, model.Digest, model.Standing?.Stage))]
            : [];
        return Results.Json(new ModelList("list", items), ModelsJson.Default.ModelList);
    }
}

internal sealed record ModelList(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("data")] IReadOnlyList<ModelItem> Data);

internal sealed record ModelItem(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("owned_by")] string OwnedBy,
    [property: JsonPropertyName("zakenak")] ModelIdentity Zakenak);

internal sealed record ModelIdentity(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("stage")] string? Stage);

[JsonSerializable(typeof(ModelList))]
internal sealed partial class ModelsJson : JsonSerializerContext;
