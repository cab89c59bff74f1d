using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Reads a request's body, bounded by Kestrel's limit.</summary>
internal static class RegistryBody
{
    /// <summary>The body, or null where the request was refused.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (context.Request.HasJsonContentType()
                && await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false) is { } body)
            {
                return body;
            }
        }
        catch (JsonException)
        {
            // Refused below: what the serializer says may quote what it met.
        }

        await context.RefuseAsync(RegistryRefusals.RequestMalformed).ConfigureAwait(false);
        return null;
    }

    /// <summary>The body's bytes: a signed document is verified before it is parsed.</summary>
    public static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted).ConfigureAwait(false);
        return buffer.ToArray();
    }
}
