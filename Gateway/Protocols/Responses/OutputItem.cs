using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>A message or a call of a function, as far as it is written.</summary>
internal sealed class OutputItem(string id, int index, string? callId = null, string? name = null) : IDisposable
{
    private readonly PooledBuffer _text = new();

    public string Id => id;

    /// <summary>Its place in the response's output.</summary>
    public int Index => index;

    public bool IsCall => callId is not null;

    public string? Name => name;

    /// <summary>The message's text, or the call's arguments; UTF-8.</summary>
    public ReadOnlySpan<byte> Text => _text.Span;

    public void Append(string text)
    {
        var room = _text.GetSpan(System.Text.Encoding.UTF8.GetMaxByteCount(text.Length));
        _text.Advance(System.Text.Encoding.UTF8.GetBytes(text, room));
    }

    /// <summary>The item; with the text that it has when it is over, and none when it begins.</summary>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> status, bool isOver)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, IsCall ? "function_call"u8 : "message"u8);
        json.WriteString("status"u8, status);
        if (IsCall)
        {
            json.WriteString("call_id"u8, callId);
            json.WriteString("name"u8, name);
            json.WriteString("arguments"u8, isOver ? Text : default);
        }
        else
        {
            json.WriteString("role"u8, "assistant"u8);
            json.WriteStartArray("content"u8);
            if (isOver)
                WritePart(json, Text);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>The one part that a message has.</summary>
    public static void WritePart(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "output_text"u8);
        json.WriteString("text"u8, text);
        json.WriteStartArray("annotations"u8);
        json.WriteEndArray();
        json.WriteStartArray("logprobs"u8);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void Dispose() => _text.Dispose();
}
