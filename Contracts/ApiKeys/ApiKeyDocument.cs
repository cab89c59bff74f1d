using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>Changes the text of a file of API keys. What it does not know, such as the limits of tenants, stays as it is.</summary>
public static partial class ApiKeyDocument
{
    private const string Keys = "keys";

    /// <summary>Adds a key.</summary>
    /// <param name="document">Null or empty where there is no file yet.</param>
    /// <exception cref="JsonException">The document is no file of keys.</exception>
    public static string Add(string? document, ApiKeyItem item)
    {
        var root = Parse(document);
        KeysOf(root).Add(JsonSerializer.SerializeToNode(item, ApiKeyJson.Default.ApiKeyItem));
        return Write(root);
    }

    /// <summary>Marks a key as revoked; one that is stays as it is. Null where there is no such key.</summary>
    /// <exception cref="JsonException">The document is no file of keys.</exception>
    public static string? Revoke(string? document, string id, DateTimeOffset at)
    {
        var root = Parse(document);
        if (KeysOf(root).FirstOrDefault(k => k is JsonObject && k["id"]?.GetValueKind() == JsonValueKind.String && k["id"]!.GetValue<string>() == id) is not { } key)
            return null;
        key["revoked"] ??= JsonValue.Create(at);
        return Write(root);
    }

    /// <summary>Its keys, without a look at whether they can be used.</summary>
    /// <exception cref="JsonException">The document is no file of keys.</exception>
    public static IReadOnlyList<ApiKeyItem> Read(string? document) =>
        [.. KeysOf(Parse(document)).Select(k => k.Deserialize(ApiKeyJson.Default.ApiKeyItem) ?? throw new JsonException("A key is null."))];

    private static JsonObject Parse(string? document) =>
        string.IsNullOrWhiteSpace(document) ? [] : JsonNode.Parse(document) as JsonObject ?? throw new JsonException("A file of keys is an object.");

    private static JsonArray KeysOf(JsonObject root)
    {
        root[Keys] ??= new JsonArray();
        return root[Keys] as JsonArray ?? throw new JsonException("The member 'keys' of a file of keys is an array.");
    }

    private static string Write(JsonObject root) => root.ToJsonString(ApiKeyJson.Default.Options) + "\n";

    [JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(ApiKeyItem))]
    [JsonSerializable(typeof(JsonObject))]
    private sealed partial class ApiKeyJson : JsonSerializerContext;
}
