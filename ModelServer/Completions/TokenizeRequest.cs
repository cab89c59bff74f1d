using System.Text.Json;
using Zakenak.ModelServer.Structured.Tools;
using Zakenak.ModelServer.Templates;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>What is to be tokenised: a text or a conversation, one of both.</summary>
public sealed record TokenizeRequest(string Model, string? Input, IReadOnlyList<ChatTurn>? Turns)
{
    /// <summary>Names of parameters that this server doesn't know.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>The tools that the conversation tells of; null for none.</summary>
    public ToolRequest? Tools { get; init; }

    /// <summary>What the chat template is told beside the conversation; null for nothing.</summary>
    public JsonElement? TemplateArguments { get; init; }

    /// <summary>The request, or why it is refused.</summary>
    public static (TokenizeRequest? Request, Refusal? Refusal) Parse(ReadOnlyMemory<byte> body) => JsonBody.Read(body, Read);

    private static (TokenizeRequest?, Refusal?) Read(JsonFields fields, JsonElement root)
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

        var request = new TokenizeRequest(model ?? string.Empty, input, turns)
        {
            Tools = turns is null ? null : ToolsParser.Parse(fields),
            TemplateArguments = TemplateArgumentsParser.Parse(fields),
            Ignored = KnownParameters.Others(root, KnownParameters.OfTokenize),
        };
        return fields.Refusal is { } refusal ? (null, refusal) : (request, null);
    }
}
