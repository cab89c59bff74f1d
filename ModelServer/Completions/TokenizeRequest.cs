using System.Text.Json;
using System.Text.Unicode;
using Zakenak.ModelServer.Templates;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>What is to be tokenised: a text or a conversation, one of both.</summary>
public sealed record TokenizeRequest(string Model, string? Input, IReadOnlyList<ChatTurn>? Turns)
{
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>The request, or why it is refused.</summary>
    public static (TokenizeRequest? Request, Refusal? Refusal) Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            if (Utf8.IsValid(body.Span))
            {
                using var document = JsonDocument.Parse(body, s_strict);
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    return Read(new JsonFields(document.RootElement));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name whose escapes are half a surrogate pair.
        }

        return (null, new Refusal(StatusCodes.Status400BadRequest, "invalid_json", "The body must be a JSON object in UTF-8."));
    }

    private static (TokenizeRequest?, Refusal?) Read(JsonFields fields)
    {
        var model = fields.Text("model", 256);
        if (model is null)
        {
            fields.Refuse(RequestRefusals.Invalid("model", "'model' is required."));
        }

        string? input = null;
        IReadOnlyList<ChatTurn>? turns = null;
        if (!fields.TryGet("input", out var text))
        {
            turns = ChatMessagesParser.Parse(fields);
        }
        else if (fields.TryGet("messages", out _) || !JsonFields.TryGetText(text, out input))
        {
            fields.Refuse("input", "must be a string, without 'messages' beside it");
        }

        return fields.Refusal is { } refusal ? (null, refusal) : (new TokenizeRequest(model!, input, turns), null);
    }
}
