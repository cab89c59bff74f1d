using System.Text.Json;
using System.Text.Unicode;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

/// <summary>
/// One pass over a request, without a document: is it one JSON object, not too deep, and are the members that the
/// gateway acts on there once and of the right type? All else is the model server's to check. A member that is there twice
/// is refused, because two parsers may take different ones: the gateway would grant one model and the server run another.
/// </summary>
internal static class RequestScreen
{
    private const int MaxModelLength = 256;

    /// <summary>The fields, or why the body is refused.</summary>
    public static (RequestFields? Fields, Refusal? Refusal) Read(ReadOnlySpan<byte> body, ApiRoute route, int maxDepth)
    {
        // The reader checks strings only when they are asked for.
        if (!Utf8.IsValid(body))
            return (null, NotJson("The body is not valid UTF-8.", FaultyParameter.Find(body, maxDepth)));
        try
        {
            return ReadObject(body, route, maxDepth);
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for half of a surrogate pair, which JSON's grammar allows and text does not.
            return (null, NotJson("A string in the body is not valid Unicode.", FaultyParameter.Find(body, maxDepth)));
        }
        catch (JsonException e)
        {
            return (null, NotJson($"The body is not valid JSON, or nested deeper than {maxDepth}: line {e.LineNumber + 1}, byte {e.BytePositionInLine}.", FaultyParameter.Find(body, maxDepth)));
        }
    }

    private static (RequestFields?, Refusal?) ReadObject(ReadOnlySpan<byte> body, ApiRoute route, int maxDepth)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return (null, NotJson("The body must be a JSON object."));

        var start = (int)reader.TokenStartIndex;
        string? model = null;
        bool? stream = null;
        Range? streamOptions = null;
        var wantsUsage = false;
        var content = false;
        var asked = AskedTokens.Nothing;
        var prefix = default(Range);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8))
            {
                if (model is not null)
                    return (null, Twice("model"));
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length is 0 or > MaxModelLength)
                    return (null, Wrong("model", $"must be a string of 1 to {MaxModelLength} characters"));
                model = reader.GetString();
            }
            else if (route.Streams && reader.ValueTextEquals("stream"u8))
            {
                if (stream is not null)
                    return (null, Twice("stream"));
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                    return (null, Wrong("stream", "must be true or false"));
                stream = reader.TokenType == JsonTokenType.True;
            }
            else if (route.Content is { } name && reader.ValueTextEquals(name))
            {
                if (content)
                    return (null, Twice(name));
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray && !(route.ContentMayBeText && reader.TokenType == JsonTokenType.String))
                    return (null, Wrong(name, route.ContentMayBeText ? "must be a string or an array" : "must be an array"));
                content = true;
                prefix = PromptPrefix.Read(ref reader);
            }
            else if (route.Streams && reader.ValueTextEquals("stream_options"u8))
            {
                if (streamOptions is not null)
                    return (null, Twice("stream_options"));
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
                    return (null, Wrong("stream_options", "must be an object"));
                var from = (int)reader.TokenStartIndex;
                wantsUsage = ReadWantsUsage(ref reader);
                streamOptions = from..(int)reader.BytesConsumed;
            }
            else if (!AskedTokens.TryRead(ref reader, ref asked))
            {
                reader.Skip();
            }
            else if (asked.Choices > AskedTokens.MaxChoices)
            {
                return (null, Wrong("n", $"must be at most {AskedTokens.MaxChoices}"));
            }
        }

        // Reads past the object: anything but white space is an error.
        reader.Read();
        if (model is null)
            return (null, Missing("model"));
        if (!content && route.Content is { } missing)
            return (null, Missing(missing));
        return (new RequestFields(model, stream ?? false, wantsUsage, streamOptions, start) { Asked = asked, PromptPrefix = prefix }, null);
    }

    private static bool ReadWantsUsage(ref Utf8JsonReader reader)
    {
        var wants = false;
        if (reader.TokenType == JsonTokenType.Null)
            return wants;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            wants = isUsage ? reader.TokenType == JsonTokenType.True : wants;
            reader.Skip();
        }

        return wants;
    }

    private static Refusal NotJson(string message, string? param = null) => new(StatusCodes.Status400BadRequest, "invalid_json", message, param);

    private static Refusal Twice(string name) =>
        new(StatusCodes.Status400BadRequest, "duplicate_parameter", $"'{name}' is there more than once.", name);

    private static Refusal Missing(string name) =>
        new(StatusCodes.Status400BadRequest, "missing_required_parameter", $"'{name}' is missing.", name);

    private static Refusal Wrong(string name, string what) =>
        new(StatusCodes.Status400BadRequest, "invalid_type", $"'{name}' {what}.", name);
}
