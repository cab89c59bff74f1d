using System.Text.Encodings.Web;
using System.Text.Json;

namespace Zakenak.ModelServer.Completions;

/// <summary>Writes an answer in one piece.</summary>
public static class ChatCompletionWriter
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body; <paramref name="text"/> is valid UTF-8.</summary>
    public static byte[] Write(CompletionIdentity identity, ReadOnlySpan<byte> text, string finishReason, Usage usage)
    {
        ArgumentNullException.ThrowIfNull(identity);
        using var body = new MemoryStream(text.Length + 512);
        using (var json = new Utf8JsonWriter(body, s_options))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, identity.Id);
            json.WriteString("object"u8, "chat.completion"u8);
            json.WriteNumber("created"u8, identity.Created);
            json.WriteString("model"u8, identity.Model);
            json.WriteStartArray("choices"u8);
            json.WriteStartObject();
            json.WriteNumber("index"u8, 0);
            json.WriteStartObject("message"u8);
            json.WriteString("role"u8, "assistant"u8);
            json.WriteString("content"u8, text);
            json.WriteNull("refusal"u8);
            json.WriteEndObject();
            json.WriteNull("logprobs"u8);
            json.WriteString("finish_reason"u8, finishReason);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("usage"u8);
            json.WriteNumber("prompt_tokens"u8, usage.PromptTokens);
            json.WriteNumber("completion_tokens"u8, usage.CompletionTokens);
            json.WriteNumber("total_tokens"u8, usage.TotalTokens);
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, usage.CachedTokens);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
