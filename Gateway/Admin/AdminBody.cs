using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Admin;

/// <summary>Bodies of the admin API.</summary>
internal static class AdminBody
{
    /// <summary>Largest request.</summary>
    public const long MaxBytes = 64 * 1024;

    private static readonly Refusal _notJson = new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be application/json.");

    /// <summary>The body, or null where the request was refused.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            await context.RefuseAsync(_notJson);
            return null;
        }

        try
        {
            if (await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) is { } body)
                return body;
            await context.RefuseAsync(Malformed("it is null"));
        }
        catch (JsonException e)
        {
            // Without the serializer's own words, which may quote the body.
            await context.RefuseAsync(Malformed($"line {e.LineNumber + 1}, byte {e.BytePositionInLine}"));
        }

        return null;
    }

    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(value, type, "application/json", context.RequestAborted);
    }

    private static Refusal Malformed(string where) => new(StatusCodes.Status400BadRequest, "invalid_body",
        $"The body is not what this address takes: {where}. An unknown member is refused too.");
}
