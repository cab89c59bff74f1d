using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Zakenak.ModelServer.Features;
using Zakenak.ModelServer.Structured.Tools;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads a chat completion request: what is wrong is refused by its name, what would change the answer and isn't supported is never ignored.</summary>
public static class ChatRequestParser
{
    private const int MaxStops = 4;
    private const int MaxAnswers = 8;
    private const int MaxStopBytes = 256;
    private const int MaxNameLength = 256;

    // Two readers of one request must never disagree on which of two equal keys counts: the gateway has read the model's name too.
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The request, or why it is refused.</summary>
    public static (ChatRequest? Request, Refusal? Refusal) Parse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
        {
            return (null, BadJson("The body is not valid UTF-8.", body));
        }

        try
        {
            using var document = JsonDocument.Parse(body, s_strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Parse(document.RootElement)
                : (null, BadJson("The body must be a JSON object.", body));
        }
        catch (InvalidOperationException)
        {
            return (null, BadJson("The body has a name whose escapes are half a surrogate pair.", body));
        }
        catch (JsonException e)
        {
            return (null, BadJson($"The body is not valid JSON, or has a member twice: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", body));
        }
    }

    private static Refusal BadJson(string message, ReadOnlyMemory<byte> body) =>
        new(StatusCodes.Status400BadRequest, "invalid_json", message, FaultyParameter.Find(body.Span, s_strict.MaxDepth));

    private static (ChatRequest?, Refusal?) Parse(JsonElement root)
    {
        var fields = new JsonFields(root);
        var model = fields.Text("model", MaxNameLength);
        if (model is null)
        {
            fields.Refuse(RequestRefusals.Invalid("model", "'model' is required."));
        }

        var stream = fields.Boolean("stream") ?? false;
        var request = new ChatRequest
        {
            Model = model ?? string.Empty,
            Turns = ChatMessagesParser.Parse(fields),
            MaxTokens = (int?)(fields.WholeNumber("max_completion_tokens", 1, int.MaxValue) ?? fields.WholeNumber("max_tokens", 1, int.MaxValue)),
            MaxTokensName = fields.TryGet("max_completion_tokens", out _) ? "max_completion_tokens" : "max_tokens",
            Answers = (int?)fields.WholeNumber("n", 1, MaxAnswers) ?? 1,
            Seed = Seed(fields.WholeNumber("seed", long.MinValue, long.MaxValue)),
            Stops = Stops(fields),
            Stream = stream,
            IncludeUsage = IncludeUsage(fields, stream),
            Features = FeatureRequestParser.Parse(fields),
            Priority = SchedulingParser.Priority(fields),
            CacheScope = SchedulingParser.CacheScope(fields),
            TemplateArguments = TemplateArgumentsParser.Parse(fields),
        };
        request = SamplingParser.Read(fields, request);
        fields.Refuse(UnsupportedParameters.Find(fields));
        if (fields.Refusal is null)
        {
            // Last, for they cost the most.
            request = request with { Tools = ToolsParser.Parse(fields), Format = ResponseFormatParser.Parse(fields), Ignored = KnownParameters.Others(root, KnownParameters.OfChat) };
            if (request is { Tools: not null, Format: not null })
            {
                fields.Refuse(RequestRefusals.Unsupported("response_format", "'response_format' is not supported beside 'tools' that may be called."));
            }
        }

        return fields.Refusal is { } refusal ? (null, refusal) : (request, null);
    }

    private static List<byte[]> Stops(JsonFields fields)
    {
        var stops = new List<byte[]>();
        if (!fields.TryGet("stop", out var stop))
        {
            return stops;
        }

        if (stop.ValueKind == JsonValueKind.String)
        {
            Add("stop", stop);
        }
        else if (fields.List("stop", MaxStops) is { } several)
        {
            foreach (var (index, item) in several.EnumerateArray().Index())
            {
                Add($"stop[{index}]", item);
            }
        }

        return stops;

        void Add(string name, JsonElement value)
        {
            if (JsonFields.TryGetText(value, out var text) && Encoding.UTF8.GetByteCount(text) is >= 1 and <= MaxStopBytes)
            {
                stops.Add(Encoding.UTF8.GetBytes(text));
            }
            else
            {
                fields.Refuse(name, $"must be a string of 1 to {MaxStopBytes} bytes");
            }
        }
    }

    private static bool IncludeUsage(JsonFields fields, bool stream)
    {
        if (fields.Nested("stream_options") is not { } options)
        {
            return false;
        }

        if (!stream)
        {
            fields.Refuse("stream_options", "is allowed only with 'stream': true");
        }

        var nested = new JsonFields(options, "stream_options");
        var include = nested.Boolean("include_usage") ?? false;
        fields.Refuse(nested.Refusal);
        return include;
    }

    /// <summary>Any seed is good; the sampler takes 32 bits and keeps one value to mean "random".</summary>
    private static uint Seed(long? seed)
    {
        var bits = seed is { } given ? (uint)given ^ (uint)(given >> 32) : (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
        return bits == uint.MaxValue ? uint.MaxValue - 1 : bits;
    }
}
