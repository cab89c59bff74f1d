using System.Buffers;
using System.Text.Json;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Redacts one answer of a model server, in one piece or event by event. Each text of each choice (what is said, refused, thought; the arguments of
/// each call of a tool) is one text, however many events carry it. The texts of a choice come one after the other: when another one begins, or
/// the choice ends, what waits of the one before goes out first. Log probabilities become null. For one answer; not thread-safe.
/// </summary>
internal sealed class AnswerRedactor(PatternSet patterns, Action<Pattern> found) : IDisposable
{
    private readonly List<OpenText> _open = [];
    private readonly ChoiceTexts _choice = new();
    private readonly SplicedJson _spliced = new();
    private byte[] _before = [];
    private byte[] _after = [];

    /// <summary>Writes an answer in one piece. False where it makes no sense.</summary>
    public bool TryRewriteWhole(ReadOnlySpan<byte> json, IBufferWriter<byte> output) => TryRewrite(json, null, out _) is { IsEmpty: false } rewritten && Write(rewritten, output);

    /// <summary>Writes an event that carries a chunk, and before it what may not come after it. False where it makes no sense.</summary>
    /// <param name="json">The event's data.</param>
    /// <param name="output">Where events go.</param>
    /// <param name="hasText">Whether any text went out.</param>
    public bool TryRewriteEvent(ReadOnlySpan<byte> json, IBufferWriter<byte> output, out bool hasText)
    {
        var rewritten = TryRewrite(json, output, out hasText);
        if (rewritten.IsEmpty)
            return false;
        output.Write("data: "u8);
        output.Write(rewritten);
        output.Write("\n\n"u8);
        return true;
    }

    /// <summary>Writes what waits: the stream is over. Returns whether there was anything.</summary>
    public bool Flush(IBufferWriter<byte> output)
    {
        var hasText = false;
        foreach (var text in _open)
            hasText |= Flush(text, output);
        _open.Clear();
        return hasText;
    }

    public void Dispose()
    {
        foreach (var text in _open)
            text.Redactor.Dispose();
        _open.Clear();
        _spliced.Dispose();
    }

    private static bool Write(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        output.Write(json);
        return true;
    }

    /// <summary>Without <paramref name="events"/> it is an answer in one piece: each text begins and ends here.</summary>
    private ReadOnlySpan<byte> TryRewrite(ReadOnlySpan<byte> json, IBufferWriter<byte>? events, out bool hasText)
    {
        hasText = false;
        _spliced.Begin();
        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isChoices = reader.ValueTextEquals("choices"u8);
                reader.Read();
                var from = (int)reader.TokenStartIndex;
                if (!isChoices || reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (!_choice.TryRead(ref reader) || _open.Count > ChoiceTexts.MaxTexts)
                        return [];
                    if (events is not null)
                        hasText |= FlushBefore(events);
                    hasText |= Redact(json, isWhole: events is null);
                }

                if (events is not null && _before.Length == 0)
                    (_before, _after) = (json[..from].ToArray(), json[(int)reader.BytesConsumed..].ToArray());
            }

            return _spliced.End(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private bool Redact(ReadOnlySpan<byte> json, bool isWhole)
    {
        var hasText = false;
        foreach (var text in _choice.Found)
        {
            if (text.Slot == RedactedText.Logprobs)
            {
                _spliced.Replace(json, text.From, text.To, "null"u8);
                continue;
            }

            var open = Open(_choice.Index, text.Slot);
            var isEnd = isWhole || _choice.IsFinished;
            hasText |= _spliced.Redact(json, text.From, text.To, open.Redactor, isEnd);
            if (isEnd)
                Close(open);
        }

        return hasText;
    }

    /// <summary>What waits of this choice's texts, and does not go on in this event, goes out before it if anything else does.</summary>
    private bool FlushBefore(IBufferWriter<byte> events)
    {
        var hasText = false;
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var open = _open[i];
            if (open.Choice != _choice.Index)
                continue;
            var (goesOn, others) = (false, _choice.IsFinished);
            foreach (var text in _choice.Found)
            {
                goesOn |= text.Slot == open.Slot;
                others |= text.Slot >= 0;
            }

            if (goesOn || !others)
                continue;
            hasText |= Flush(open, events);
            _open.RemoveAt(i);
        }

        return hasText;
    }

    private static void WriteText(Utf8JsonWriter json, OpenText open, ReadOnlySpan<char> text)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, open.Choice);
        json.WriteStartObject("delta"u8);
        if (open.Slot >= RedactedText.Arguments)
        {
            json.WriteStartArray("tool_calls"u8);
            json.WriteStartObject();
            json.WriteNumber("index"u8, open.Slot - RedactedText.Arguments);
            json.WriteStartObject("function"u8);
            json.WriteString("arguments"u8, text);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        else
        {
            json.WriteString(open.Slot switch { RedactedText.Content => "content"u8, RedactedText.Refusal => "refusal"u8, _ => "reasoning_content"u8 }, text);
        }

        json.WriteEndObject();
        json.WriteNull("finish_reason"u8);
        json.WriteEndObject();
    }

    /// <summary>Ends a text with an event of its own, shaped as the stream's others are.</summary>
    private bool Flush(OpenText open, IBufferWriter<byte> events)
    {
        var rest = new ArrayBufferWriter<char>();
        open.Redactor.Append([], isEnd: true, rest);
        open.Redactor.Dispose();
        if (rest.WrittenCount == 0)
            return false;
        events.Write("data: "u8);
        events.Write(_before);
        using (var json = new Utf8JsonWriter(events, SplicedJson.Options))
        {
            json.WriteStartArray();
            WriteText(json, open, rest.WrittenSpan);
            json.WriteEndArray();
        }

        events.Write(_after);
        events.Write("\n\n"u8);
        rest.Clear();
        return true;
    }

    private OpenText Open(int choice, int slot)
    {
        foreach (var open in _open)
        {
            if (open.Choice == choice && open.Slot == slot)
                return open;
        }

        ITextRedactor redactor = slot >= RedactedText.Arguments ? new JsonTextRedactor(patterns, found) : new TextRedactor(patterns, found);
        _open.Add(new OpenText(choice, slot, redactor));
        return _open[^1];
    }

    private void Close(OpenText open)
    {
        open.Redactor.Dispose();
        _open.Remove(open);
    }

    private sealed record OpenText(int Choice, int Slot, ITextRedactor Redactor);
}
