using System.Text.Json;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>Finds the texts of one choice of a completion, whole or a chunk.</summary>
internal sealed class ChoiceTexts
{
    /// <summary>More than these no answer has; what sends more makes no sense.</summary>
    public const int MaxTexts = 256;

    private readonly List<RedactedText> _texts = [];

    /// <summary>In the order in which they lie there.</summary>
    public IReadOnlyList<RedactedText> Found => _texts;

    public int Index { get; private set; }

    /// <summary>Whether it says why it ended.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Reads the choice whose brace the reader is at, to its end. False where it makes no sense.</summary>
    public bool TryRead(ref Utf8JsonReader reader)
    {
        _texts.Clear();
        (Index, IsFinished) = (0, false);
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var index))
                    return false;
                Index = index;
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                IsFinished = reader.TokenType == JsonTokenType.String;
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                reader.Read();
                var from = (int)reader.TokenStartIndex;
                reader.Skip();
                _texts.Add(new RedactedText(from, (int)reader.BytesConsumed, RedactedText.Logprobs));
            }
            else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject || !TryReadMessage(ref reader))
                    return false;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return _texts.Count <= MaxTexts;
    }

    private bool TryReadMessage(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var slot = reader.ValueTextEquals("content"u8) ? RedactedText.Content
                : reader.ValueTextEquals("refusal"u8) ? RedactedText.Refusal
                : reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8) ? RedactedText.Reasoning
                : -1;
            var isCalls = reader.ValueTextEquals("tool_calls"u8);
            reader.Read();
            if (slot >= 0 && reader.TokenType != JsonTokenType.Null)
            {
                if (!TryTake(ref reader, slot))
                    return false;
            }
            else if (isCalls && reader.TokenType == JsonTokenType.StartArray)
            {
                for (var call = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; call++)
                {
                    if (reader.TokenType != JsonTokenType.StartObject || !TryReadCall(ref reader, call))
                        return false;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return true;
    }

    private bool TryReadCall(ref Utf8JsonReader reader, int index)
    {
        var first = _texts.Count;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isIndex, isFunction) = (reader.ValueTextEquals("index"u8), reader.ValueTextEquals("function"u8));
            reader.Read();
            if (isIndex && (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out index) || index is < 0 or > MaxTexts))
                return false;
            if (!isFunction || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isArguments = reader.ValueTextEquals("arguments"u8);
                reader.Read();
                if (isArguments && reader.TokenType != JsonTokenType.Null)
                {
                    if (!TryTake(ref reader, RedactedText.Arguments))
                        return false;
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        // The call's number may come after what it numbers.
        for (var i = first; i < _texts.Count; i++)
            _texts[i] = _texts[i] with { Slot = RedactedText.Arguments + index };
        return true;
    }

    private bool TryTake(ref Utf8JsonReader reader, int slot)
    {
        _texts.Add(new RedactedText((int)reader.TokenStartIndex, (int)reader.BytesConsumed, slot));
        return reader.TokenType == JsonTokenType.String;
    }
}
