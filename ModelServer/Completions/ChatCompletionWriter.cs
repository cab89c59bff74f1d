using System.Text.Encodings.Web;
using System.Text.Json;

namespace Zakenak.ModelServer.Completions;

/// <summary>Writes an answer in one piece.</summary>
internal static class ChatCompletionWriter
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body.</summary>
    public static byte[] Write(CompletionIdentity identity, IReadOnlyList<Choice> choices, Vocabulary vocabulary, Usage usage)
    {
        using var body = new MemoryStream(choices.Sum(choice => choice.Content.WrittenCount) + 512);
        using (var json = new Utf8JsonWriter(body, s_options))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, identity.Id);
            json.WriteString("object"u8, "chat.completion"u8);
            json.WriteNumber("created"u8, identity.Created);
            json.WriteString("model"u8, identity.Model);
            json.WriteStartArray("choices"u8);
            foreach (var choice in choices)
            {
                Write(json, choice, vocabulary);
            }

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

    private static void Write(Utf8JsonWriter json, Choice choice, Vocabulary vocabulary)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice.Index);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (choice.Calls.Count > 0 && choice.Content.WrittenCount == 0)
        {
            json.WriteNull("content"u8);
        }
        else
        {
            json.WriteString("content"u8, choice.Content.WrittenSpan);
        }

        json.WriteNull("refusal"u8);
        if (choice.Calls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var call in choice.Calls)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, call.Id);
                json.WriteString("type"u8, "function"u8);
                json.WriteStartObject("function"u8);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, call.Arguments.WrittenSpan);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        LogprobsWriter.Write(json, choice.Logprobs, vocabulary);
        json.WriteString("finish_reason"u8, choice.FinishWord);
        json.WriteEndObject();
    }
}
