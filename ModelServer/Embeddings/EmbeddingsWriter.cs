using System.Runtime.InteropServices;
using System.Text.Json;

namespace Zakenak.ModelServer.Embeddings;

/// <summary>Writes an answer in OpenAI's shape.</summary>
internal static class EmbeddingsWriter
{
    /// <summary>Bytes that may wait for the client to read.</summary>
    private const int FlushBytes = 64 * 1024;

    public static async Task WriteAsync(HttpContext context, string model, IReadOnlyList<float[]> vectors, bool base64, int tokens)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var i = 0; i < vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            Write(json, vectors[i], base64);
            json.WriteEndObject();
            if (json.BytesPending > FlushBytes)
            {
                await json.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }
        }

        json.WriteEndArray();
        json.WriteString("model"u8, model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, tokens);
        json.WriteNumber("total_tokens"u8, tokens);
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, float[] vector, bool base64)
    {
        if (base64)
        {
            // Little-endian, as every system that the engine runs on.
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes<float>(vector));
            return;
        }

        json.WriteStartArray("embedding"u8);
        foreach (var value in vector)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
