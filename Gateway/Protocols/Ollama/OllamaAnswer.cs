using System.Buffers;
using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary>A chat completion as Ollama tells it: pieces of text as they come, calls of tools whole, and at the end how long it took.</summary>
internal sealed class OllamaAnswer(bool isChat, TimeProvider time, long startedAt) : IAnswer, IDisposable
{
    private const int NanosecondsPerTick = 100;

    private readonly PooledBuffer _arguments = new();
    private string _model = "";
    private string? _tool;
    private string _reason = "stop";
    private TimeSpan? _firstToken;
    private (int Input, int Output) _usage;

    public void WriteWhole(JsonElement answer, Utf8JsonWriter json)
    {
        Take(answer);
        var choice = answer.GetProperty("choices")[0];
        Finish(choice);
        var message = choice.GetProperty("message");
        json.WriteStartObject();
        WriteHead(json);
        BeginText(json, message.GetProperty("content") is { ValueKind: JsonValueKind.String } text ? Members.Raw(text) : "\"\""u8);
        if (message.TryGetProperty("tool_calls", out var calls))
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var call in calls.EnumerateArray())
            {
                var function = call.GetProperty("function");
                WriteCall(json, function.GetProperty("name").GetString()!, System.Text.Encoding.UTF8.GetBytes(function.GetProperty("arguments").GetString()!));
            }

            json.WriteEndArray();
        }

        EndText(json);
        WriteTail(json);
        json.WriteEndObject();
    }

    public void WriteChunk(JsonElement chunk, EventWriter events)
    {
        Take(chunk);
        foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
        {
            Finish(choice);
            var delta = choice.GetProperty("delta");
            if (delta.TryGetProperty("content", out var text) && text.ValueKind == JsonValueKind.String && !text.ValueEquals(""))
            {
                _firstToken ??= time.GetElapsedTime(startedAt);
                WritePiece(events, Members.Raw(text));
            }

            foreach (var call in delta.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : default)
                TakeCall(call.GetProperty("function"), events);
        }
    }

    public void WriteEnd(EventWriter events)
    {
        EndCall(events);
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json);
        BeginText(json, "\"\""u8);
        EndText(json);
        WriteTail(json);
        json.WriteEndObject();
        events.End();
    }

    public void WriteFault(JsonElement error, EventWriter events)
    {
        OllamaProtocol.WriteSentence(error, events.Begin());
        events.End();
    }

    public void Dispose() => _arguments.Dispose();

    private void Take(JsonElement chat)
    {
        if (_model.Length == 0)
            _model = chat.GetProperty("model").GetString()!;
        if (chat.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            _usage = (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32());
    }

    private void Finish(JsonElement choice) => _reason = choice.GetProperty("finish_reason").GetString() switch
    {
        null => _reason,
        "length" => "length",
        _ => "stop",
    };

    /// <summary>A call comes in pieces and goes out whole: once the next one begins, or the answer is over.</summary>
    private void TakeCall(JsonElement function, EventWriter events)
    {
        _firstToken ??= time.GetElapsedTime(startedAt);
        if (function.TryGetProperty("name", out var name))
        {
            EndCall(events);
            _tool = name.GetString();
        }

        if (function.TryGetProperty("arguments", out var arguments))
            _arguments.Write(System.Text.Encoding.UTF8.GetBytes(arguments.GetString()!));
    }

    private void EndCall(EventWriter events)
    {
        // A call that the bound on tokens cut off is no JSON; the reason for the end says so.
        if (_tool is { } tool && IsJson(_arguments.Span))
            WritePiece(events, "\"\""u8, tool);
        _tool = null;
        _arguments.Consume(_arguments.Length);
    }

    private void WritePiece(EventWriter events, ReadOnlySpan<byte> text, string? tool = null)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json);
        BeginText(json, text);
        if (tool is not null)
        {
            json.WriteStartArray("tool_calls"u8);
            WriteCall(json, tool, _arguments.Span);
            json.WriteEndArray();
        }

        EndText(json);
        json.WriteBoolean("done"u8, false);
        json.WriteEndObject();
        events.End();
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        json.WriteString("model"u8, _model);
        json.WriteString("created_at"u8, time.GetUtcNow().UtcDateTime);
    }

    private void BeginText(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        if (isChat)
        {
            json.WriteStartObject("message"u8);
            json.WriteString("role"u8, "assistant"u8);
        }

        json.WriteRawProperty(isChat ? "content" : "response", text);
    }

    private void EndText(Utf8JsonWriter json)
    {
        if (isChat)
            json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, string name, ReadOnlySpan<byte> arguments)
    {
        json.WriteStartObject();
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, name);
        json.WriteRawProperty("arguments", IsJson(arguments) ? arguments : "{}"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteTail(Utf8JsonWriter json)
    {
        var total = time.GetElapsedTime(startedAt);
        var prompt = _firstToken ?? total;
        json.WriteBoolean("done"u8, true);
        json.WriteString("done_reason"u8, _reason);
        json.WriteNumber("total_duration"u8, total.Ticks * NanosecondsPerTick);
        json.WriteNumber("load_duration"u8, 0);
        json.WriteNumber("prompt_eval_count"u8, _usage.Input);
        json.WriteNumber("prompt_eval_duration"u8, prompt.Ticks * NanosecondsPerTick);
        json.WriteNumber("eval_count"u8, _usage.Output);
        json.WriteNumber("eval_duration"u8, (total - prompt).Ticks * NanosecondsPerTick);
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
