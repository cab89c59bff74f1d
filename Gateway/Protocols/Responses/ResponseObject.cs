using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>The <c>response</c> object as it grows: what the chat said so far.</summary>
internal sealed class ResponseObject(RequestEcho echo) : IDisposable
{
    private string _id = "";
    private string _model = "";
    private long _created;
    private (int Input, int Cached, int Output)? _usage;

    public List<OutputItem> Items { get; } = [];

    /// <summary>The chat's word for why it ended; null as long as it did not.</summary>
    public string? FinishReason { get; set; }

    public ReadOnlySpan<byte> FinalStatus => FinishReason == "length" ? "incomplete"u8 : "completed"u8;

    public void Begin(JsonElement chat)
    {
        _id = AnswerId.Of(chat, "");
        _model = chat.GetProperty("model").GetString()!;
        _created = chat.GetProperty("created").GetInt64();
    }

    public OutputItem Add(string? callId = null, string? name = null)
    {
        var item = new OutputItem($"{(callId is null ? "msg" : "fc")}_{_id}_{Items.Count}", Items.Count, callId, name);
        Items.Add(item);
        return item;
    }

    public void TakeUsage(JsonElement chat)
    {
        if (!chat.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
            return;
        var cached = usage.TryGetProperty("prompt_tokens_details", out var details) && details.TryGetProperty("cached_tokens", out var tokens) ? tokens.GetInt32() : 0;
        _usage = (usage.GetProperty("prompt_tokens").GetInt32(), cached, usage.GetProperty("completion_tokens").GetInt32());
    }

    /// <summary>The object; <paramref name="error"/> is OpenAI's error of a stream that broke off.</summary>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> status, JsonElement? error = null)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, $"resp_{_id}");
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, _created);
        json.WriteString("status"u8, status);
        json.WriteString("model"u8, _model);
        WriteError(json, error);
        if (status.SequenceEqual("incomplete"u8))
            json.WriteRawProperty("incomplete_details", "{\"reason\":\"max_output_tokens\"}"u8);
        else
            json.WriteNull("incomplete_details"u8);
        json.WriteStartArray("output"u8);
        foreach (var item in Items)
            item.Write(json, item.Index == Items.Count - 1 ? status.SequenceEqual("completed"u8) ? "completed"u8 : "incomplete"u8 : "completed"u8, isOver: true);
        json.WriteEndArray();
        echo.Write(json);
        json.WriteBoolean("background"u8, false);
        json.WriteNull("previous_response_id"u8);
        json.WriteRawProperty("reasoning", "{\"effort\":null,\"summary\":null}"u8);
        json.WriteBoolean("store"u8, false);
        json.WriteString("truncation"u8, "disabled"u8);
        WriteUsage(json);
        json.WriteEndObject();
    }

    public void Dispose() => Items.ForEach(item => item.Dispose());

    private static void WriteError(Utf8JsonWriter json, JsonElement? error)
    {
        if (error is not { } given)
        {
            json.WriteNull("error"u8);
            return;
        }

        json.WriteStartObject("error"u8);
        Members.Write(json, "code", given.GetProperty("code"));
        Members.Write(json, "message", given.GetProperty("message"));
        json.WriteEndObject();
    }

    private void WriteUsage(Utf8JsonWriter json)
    {
        if (_usage is not var (input, cached, output))
        {
            json.WriteNull("usage"u8);
            return;
        }

        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, input);
        json.WriteStartObject("input_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, cached);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, output);
        json.WriteStartObject("output_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteNumber("total_tokens"u8, input + output);
        json.WriteEndObject();
    }
}
