using System.Text.Json;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Routing;

namespace Zakenak.Gateway.Screening.Answers;

/// <summary>
/// One pass over what a model server answers, without a document: is it whole, and are the members there that clients rely on, of the right type?
/// What is not asked for here passes as it is.
/// </summary>
internal static class AnswerScreen
{
    /// <summary>Whether these are the bytes of an answer in one piece, or of a refusal.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> json, ApiRoute route, bool refused)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            var found = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals(refused ? "error" : route.Answer))
                {
                    reader.Read();
                    if (found || !(refused ? IsError(ref reader) : IsAnswer(ref reader, route)))
                        return false;
                    found = true;
                }
                else
                {
                    reader.Skip();
                }
            }

            return found && !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>What an event of a chat's stream carries: a chunk, usage, or an error; or nothing that makes sense.</summary>
    /// <param name="json">Its data.</param>
    /// <param name="hasText">Whether it carries text that was generated.</param>
    public static EventKind Event(ReadOnlySpan<byte> json, out bool hasText)
    {
        hasText = false;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return EventKind.Garbage;
            var kind = EventKind.Garbage;
            var hasUsage = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("choices"u8))
                {
                    reader.Read();
                    var choices = Choices(ref reader, "delta"u8, ref hasText);
                    if (choices < 0 || kind != EventKind.Garbage)
                        return EventKind.Garbage;
                    kind = choices == 0 ? EventKind.Usage : EventKind.Data;
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    reader.Read();
                    if (kind != EventKind.Garbage || !IsError(ref reader))
                        return EventKind.Garbage;
                    kind = EventKind.Error;
                }
                else
                {
                    var isUsage = reader.ValueTextEquals("usage"u8);
                    reader.Read();
                    hasUsage |= isUsage && reader.TokenType == JsonTokenType.StartObject;
                    reader.Skip();
                }
            }

            return reader.Read() || (kind == EventKind.Usage && !hasUsage) ? EventKind.Garbage : kind;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return EventKind.Garbage;
        }
    }

    private static bool IsAnswer(ref Utf8JsonReader reader, ApiRoute route)
    {
        var hasText = false;
        if (route.Answer == "choices")
            return Choices(ref reader, "message"u8, ref hasText) > 0;
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        var item = route.Answer == "data" ? JsonTokenType.StartObject : JsonTokenType.Number;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != item || (item == JsonTokenType.StartObject && !Has(ref reader, "embedding"u8, JsonTokenType.StartArray, JsonTokenType.String)))
                return false;
        }

        return true;
    }

    private static bool IsError(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.StartObject && Has(ref reader, "message"u8, JsonTokenType.String, JsonTokenType.String);

    /// <summary>Whether the object that the reader is at has a member of one of these kinds.</summary>
    private static bool Has(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, JsonTokenType kind, JsonTokenType other)
    {
        var has = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            has |= isIt && (reader.TokenType == kind || reader.TokenType == other);
            reader.Skip();
        }

        return has;
    }

    /// <summary>How many choices the array has; -1 where one of them is none.</summary>
    private static int Choices(ref Utf8JsonReader reader, ReadOnlySpan<byte> message, ref bool hasText)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return -1;
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return -1;
            var (hasIndex, hasMessage) = (false, false);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("index"u8))
                {
                    reader.Read();
                    hasIndex = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0;
                    reader.Skip();
                }
                else if (reader.ValueTextEquals(message))
                {
                    reader.Read();
                    if (hasMessage || reader.TokenType != JsonTokenType.StartObject || !IsMessage(ref reader, ref hasText))
                        return -1;
                    hasMessage = true;
                }
                else if (reader.ValueTextEquals("finish_reason"u8))
                {
                    reader.Read();
                    if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                        return -1;
                }
                else
                {
                    reader.Skip();
                }
            }

            if (!hasIndex || !hasMessage)
                return -1;
        }

        return count;
    }

    private static bool IsMessage(ref Utf8JsonReader reader, ref bool hasText)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                    return false;
                hasText |= reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty;
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null)
                    continue;
                if (reader.TokenType != JsonTokenType.StartArray)
                    return false;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType != JsonTokenType.StartObject || !Has(ref reader, "function"u8, JsonTokenType.StartObject, JsonTokenType.StartObject))
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
}
