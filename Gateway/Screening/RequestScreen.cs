using System.Text.Json;
using System.Text.Unicode;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

/// <summary>
/// One pass over a request, without a document: is it one JSON object, not too deep, and are the parameters that the gateway knows there at most
/// once, of the right type and in range? All else is the model server's to check. A parameter that is there twice is refused, because two
/// parsers may take different ones: the gateway would grant one model and the server run another.
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
        var stream = false;
        Range? streamOptions = null;
        var wantsUsage = false;
        var content = false;
        var asked = AskedTokens.Nothing;
        var prefix = default(Range);
        var seenBits = 0UL;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var number = route.Schema.Find(ref reader);
            if (number < 0)
            {
                reader.Skip();
                continue;
            }

            var parameter = route.Schema.Parameters[number];
            if ((seenBits & (1UL << number)) != 0)
                return (null, Twice(parameter.Name));
            seenBits |= 1UL << number;
            reader.Read();
            var isContent = parameter.Name == route.Content;
            if (!parameter.IsOfKind(ref reader) || (isContent && reader.TokenType == JsonTokenType.Null))
                return (null, Wrong(parameter.Name, parameter.Rule));
            if (reader.TokenType == JsonTokenType.Number && !parameter.IsInRange(ref reader))
                return (null, Wrong(parameter.Name, parameter.Rule, "invalid_value"));
            switch (parameter.Name)
            {
                case "model":
                    if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length is 0 or > MaxModelLength)
                        return (null, Wrong("model", $"must be a string of 1 to {MaxModelLength} characters"));
                    model = reader.GetString();
                    break;
                case "stream":
                    stream = reader.TokenType == JsonTokenType.True;
                    break;
                case "stream_options":
                    var from = (int)reader.TokenStartIndex;
                    wantsUsage = ReadWantsUsage(ref reader);
                    streamOptions = from..(int)reader.BytesConsumed;
                    break;
                case "max_tokens" or "max_completion_tokens" when reader.TokenType == JsonTokenType.Number:
                    asked = asked.WithMax(reader.GetInt32(), parameter.Name);
                    break;
                case "n" when reader.TokenType == JsonTokenType.Number:
                    asked = asked with { Choices = reader.GetInt32() };
                    break;
                case "zakenak":
                    asked = asked with { Extended = true };
                    reader.Skip();
                    break;
                case var _ when isContent:
                    content = true;
                    prefix = PromptPrefix.Read(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Reads past the object: anything but white space is an error.
        reader.Read();
        if (model is null)
            return (null, Missing("model"));
        if (!content && route.Content is { } missing)
            return (null, Missing(missing));
        return (new RequestFields(model, stream, wantsUsage, streamOptions, start) { Asked = asked, PromptPrefix = prefix }, null);
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

    private static Refusal Wrong(string name, string what, string code = "invalid_type") =>
        new(StatusCodes.Status400BadRequest, code, $"'{name}' {what}.", name);
}
