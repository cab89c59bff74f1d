using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>A chat completion as a response, in one piece or as its typed events. The last event repeats the whole text, so that is kept until then.</summary>
internal sealed class ResponsesAnswer(RequestEcho echo, int maxBytes) : IAnswer, IDisposable
{
    private readonly ResponseObject _response = new(echo);
    private OutputItem? _item;
    private int _call = -1;
    private int _sequence;
    private int _bytes;

    public void WriteWhole(JsonElement answer, Utf8JsonWriter json)
    {
        _response.Begin(answer);
        _response.TakeUsage(answer);
        var choice = answer.GetProperty("choices")[0];
        _response.FinishReason = choice.GetProperty("finish_reason").GetString();
        var message = choice.GetProperty("message");
        var hasCalls = message.TryGetProperty("tool_calls", out var calls);
        if (message.GetProperty("content") is { ValueKind: JsonValueKind.String } text && !(hasCalls && text.ValueEquals("")))
            _response.Add().Append(text.GetString()!);
        foreach (var call in hasCalls ? calls.EnumerateArray() : default)
        {
            var function = call.GetProperty("function");
            _response.Add(call.GetProperty("id").GetString(), function.GetProperty("name").GetString()).Append(function.GetProperty("arguments").GetString()!);
        }

        _response.Write(json, _response.FinalStatus);
    }

    public void WriteChunk(JsonElement chunk, EventWriter events)
    {
        if (_sequence == 0)
        {
            _response.Begin(chunk);
            WriteResponse("response.created"u8, "in_progress"u8, events);
            WriteResponse("response.in_progress"u8, "in_progress"u8, events);
        }

        _response.TakeUsage(chunk);
        foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
        {
            var delta = choice.GetProperty("delta");
            if (delta.TryGetProperty("content", out var text) && text.ValueKind == JsonValueKind.String && !text.ValueEquals(""))
                WriteText(text.GetString()!, events);
            foreach (var call in delta.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : default)
                WriteCall(call, events);
            _response.FinishReason = choice.GetProperty("finish_reason").GetString() ?? _response.FinishReason;
        }
    }

    public void WriteEnd(EventWriter events)
    {
        var status = _response.FinalStatus;
        CloseItem(status, events);
        WriteResponse(status.SequenceEqual("completed"u8) ? "response.completed"u8 : "response.incomplete"u8, status, events);
    }

    public void WriteFault(JsonElement error, EventWriter events)
    {
        CloseItem("incomplete"u8, events);
        var json = Begin("response.failed"u8, events);
        json.WritePropertyName("response"u8);
        _response.Write(json, "failed"u8, error);
        End(json, events);
    }

    public void Dispose() => _response.Dispose();

    private void WriteText(string text, EventWriter events)
    {
        if (_item is not { IsCall: false })
        {
            OpenItem(_response.Add(), events);
            var part = BeginPart("response.content_part.added"u8, events);
            part.WritePropertyName("part"u8);
            OutputItem.WritePart(part, default);
            End(part, events);
        }

        Append(text);
        var json = BeginPart("response.output_text.delta"u8, events);
        json.WriteString("delta"u8, text);
        json.WriteRawProperty("logprobs", "[]"u8);
        End(json, events);
    }

    private void WriteCall(JsonElement call, EventWriter events)
    {
        var index = call.GetProperty("index").GetInt32();
        var function = call.GetProperty("function");
        if (index != _call || _item is not { IsCall: true })
        {
            _call = index;
            OpenItem(_response.Add(call.GetProperty("id").GetString()!, function.GetProperty("name").GetString()), events);
        }

        if (!function.TryGetProperty("arguments", out var arguments) || arguments.ValueEquals(""))
            return;
        Append(arguments.GetString()!);
        var json = BeginItem("response.function_call_arguments.delta"u8, events);
        Members.Write(json, "delta", arguments);
        End(json, events);
    }

    private void Append(string text)
    {
        _item!.Append(text);
        if ((_bytes += text.Length) > maxBytes)
            throw new InvalidOperationException("The model server writes without end.");
    }

    private void OpenItem(OutputItem item, EventWriter events)
    {
        CloseItem("completed"u8, events);
        _item = item;
        var json = Begin("response.output_item.added"u8, events);
        json.WriteNumber("output_index"u8, item.Index);
        json.WritePropertyName("item"u8);
        item.Write(json, "in_progress"u8, isOver: false);
        End(json, events);
    }

    private void CloseItem(ReadOnlySpan<byte> status, EventWriter events)
    {
        if (_item is not { } item)
            return;
        if (item.IsCall)
        {
            var arguments = BeginItem("response.function_call_arguments.done"u8, events);
            arguments.WriteString("name"u8, item.Name);
            arguments.WriteString("arguments"u8, item.Text);
            End(arguments, events);
        }
        else
        {
            var text = BeginPart("response.output_text.done"u8, events);
            text.WriteString("text"u8, item.Text);
            text.WriteRawProperty("logprobs", "[]"u8);
            End(text, events);
            var part = BeginPart("response.content_part.done"u8, events);
            part.WritePropertyName("part"u8);
            OutputItem.WritePart(part, item.Text);
            End(part, events);
        }

        var json = Begin("response.output_item.done"u8, events);
        json.WriteNumber("output_index"u8, item.Index);
        json.WritePropertyName("item"u8);
        item.Write(json, status, isOver: true);
        End(json, events);
        _item = null;
    }

    private void WriteResponse(ReadOnlySpan<byte> type, ReadOnlySpan<byte> status, EventWriter events)
    {
        var json = Begin(type, events);
        json.WritePropertyName("response"u8);
        _response.Write(json, status);
        End(json, events);
    }

    private Utf8JsonWriter BeginPart(ReadOnlySpan<byte> type, EventWriter events)
    {
        var json = BeginItem(type, events);
        json.WriteNumber("content_index"u8, 0);
        return json;
    }

    private Utf8JsonWriter BeginItem(ReadOnlySpan<byte> type, EventWriter events)
    {
        var json = Begin(type, events);
        json.WriteString("item_id"u8, _item!.Id);
        json.WriteNumber("output_index"u8, _item.Index);
        return json;
    }

    private Utf8JsonWriter Begin(ReadOnlySpan<byte> type, EventWriter events)
    {
        var json = events.Begin(type);
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteNumber("sequence_number"u8, _sequence++);
        return json;
    }

    private static void End(Utf8JsonWriter json, EventWriter events)
    {
        json.WriteEndObject();
        events.End();
    }
}
