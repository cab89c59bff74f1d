using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Completions;

/// <summary>A chat completion as <c>text_completion</c>.</summary>
internal sealed class CompletionsAnswer : IAnswer
{
    /// <summary>For each choice, the characters before the next token; log probabilities say where their token is.</summary>
    private readonly Dictionary<int, int> _offsets = [];

    public void WriteWhole(JsonElement answer, Utf8JsonWriter json) => Write(answer, json, "message");

    public void WriteChunk(JsonElement chunk, EventWriter events)
    {
        if (IsSilent(chunk))
            return;
        Write(chunk, events.Begin(), "delta");
        events.End();
    }

    public void WriteEnd(EventWriter events) => events.WriteDone();

    public void WriteFault(JsonElement error, EventWriter events)
    {
        var json = events.Begin();
        json.WriteStartObject();
        Members.Write(json, "error", error);
        json.WriteEndObject();
        events.End();
    }

    /// <summary>A chat's first chunk names the role, which a text has not.</summary>
    private static bool IsSilent(JsonElement chunk)
    {
        var choices = chunk.GetProperty("choices");
        return choices.GetArrayLength() == 1 && choices[0].GetProperty("finish_reason").ValueKind == JsonValueKind.Null
            && (!choices[0].GetProperty("delta").TryGetProperty("content", out var text) || text.ValueEquals(""));
    }

    private void Write(JsonElement chat, Utf8JsonWriter json, string message)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, AnswerId.Of(chat, "cmpl-"));
        json.WriteString("object"u8, "text_completion"u8);
        Members.Write(json, "created", chat.GetProperty("created"));
        Members.Write(json, "model", chat.GetProperty("model"));
        json.WriteStartArray("choices"u8);
        foreach (var choice in chat.GetProperty("choices").EnumerateArray())
        {
            json.WriteStartObject();
            if (choice.GetProperty(message).TryGetProperty("content", out var text) && text.ValueKind == JsonValueKind.String)
                Members.Write(json, "text", text);
            else
                json.WriteString("text"u8, ""u8);
            Members.Write(json, "index", choice.GetProperty("index"));
            WriteLogprobs(choice, json);
            Members.Write(json, "finish_reason", choice.GetProperty("finish_reason"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (chat.TryGetProperty("usage", out var usage))
            Members.Write(json, "usage", usage);
        json.WriteEndObject();
    }

    private void WriteLogprobs(JsonElement choice, Utf8JsonWriter json)
    {
        if (!choice.TryGetProperty("logprobs", out var logprobs) || logprobs.ValueKind != JsonValueKind.Object)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        var index = choice.GetProperty("index").GetInt32();
        var tokens = logprobs.GetProperty("content");
        json.WriteStartObject("logprobs"u8);
        WriteAll("tokens", token => Members.Raw(token.GetProperty("token")));
        WriteAll("token_logprobs", token => Members.Raw(token.GetProperty("logprob")));
        json.WriteStartArray("top_logprobs"u8);
        foreach (var token in tokens.EnumerateArray())
        {
            json.WriteStartObject();
            foreach (var other in token.GetProperty("top_logprobs").EnumerateArray())
                Members.Write(json, other.GetProperty("token").GetString()!, other.GetProperty("logprob"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("text_offset"u8);
        var offset = _offsets.GetValueOrDefault(index);
        foreach (var token in tokens.EnumerateArray())
        {
            json.WriteNumberValue(offset);
            offset += token.GetProperty("token").GetString()!.Length;
        }

        _offsets[index] = offset;
        json.WriteEndArray();
        json.WriteEndObject();

        void WriteAll(string name, Raw value)
        {
            json.WriteStartArray(name);
            foreach (var token in tokens.EnumerateArray())
                json.WriteRawValue(value(token), skipInputValidation: true);
            json.WriteEndArray();
        }
    }

    private delegate ReadOnlySpan<byte> Raw(JsonElement token);
}
