using System.Text.Json;
using System.Text.Unicode;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Bodies of small requests: one JSON object, no member twice.</summary>
public static class JsonBody
{
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>What <paramref name="read"/> makes of the object and its fields, or why there is no object.</summary>
    public static (T? Request, Refusal? Refusal) Read<T>(ReadOnlyMemory<byte> body, Func<JsonFields, JsonElement, (T? Request, Refusal? Refusal)> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            if (Utf8.IsValid(body.Span))
            {
                using var document = JsonDocument.Parse(body, s_strict);
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    return read(new JsonFields(document.RootElement), document.RootElement);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name whose escapes are half a surrogate pair.
        }

        return (null, new Refusal(StatusCodes.Status400BadRequest, "invalid_json", "The body must be a JSON object in UTF-8, without a member twice.", FaultyParameter.Find(body.Span, s_strict.MaxDepth)));
    }
}
