using System.Text.Json;
using Zakenak.ModelServer.Templates.Jinja;

namespace Zakenak.ModelServer.Templates;

/// <summary>Conversations and tools as values of a template. All that a client wrote is data; the roles are ours.</summary>
internal static class PromptValues
{
    /// <summary>The number by which a turn's content is known in the rendered text.</summary>
    public static int SourceOf(int turn) => TextRun.Data + 1 + turn;

    public static ListValue Messages(IReadOnlyList<ChatTurn> turns, MessageForm form) =>
        new([.. turns.Select((turn, i) => Message(turn, SourceOf(i), form))]);

    public static Value Json(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return new MapValue(element.EnumerateObject().Select(property => ((Value)Data(() => property.Name), Json(property.Value))));
            case JsonValueKind.Array:
                return new ListValue([.. element.EnumerateArray().Select(Json)]);
            case JsonValueKind.String:
                return Data(element.GetString);
            case JsonValueKind.Number:
                return element.TryGetInt64(out var whole) ? new WholeValue(whole, TextRun.Data) : new RealValue(element.GetDouble(), TextRun.Data);
            case JsonValueKind.True or JsonValueKind.False:
                return BoolValue.Of(element.GetBoolean());
            default:
                return NoneValue.Instance;
        }
    }

    /// <summary>Null for what is no JSON.</summary>
    public static Value? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Json(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static MapValue Message(ChatTurn turn, int source, MessageForm form)
    {
        Value content = new TextValue(Text.Of(turn.Content, source));
        if (form.HasFlag(MessageForm.ContentInParts))
        {
            content = new ListValue([MapValue.Of(("type", TextValue.Literal("text")), ("text", content))]);
        }

        var items = new List<(string, Value)> { ("role", TextValue.Literal(turn.Role)), ("content", content) };
        if (turn.ToolCalls.Count > 0)
        {
            items.Add(("tool_calls", new ListValue([.. turn.ToolCalls.Select(call => ToolCall(call, form.HasFlag(MessageForm.ArgumentsAsObjects)))])));
        }

        if (turn.ToolCallId is not null)
        {
            items.Add(("tool_call_id", new TextValue(Text.Data(turn.ToolCallId))));
        }

        if (turn.Name is not null)
        {
            items.Add(("name", new TextValue(Text.Data(turn.Name))));
        }

        return MapValue.Of([.. items]);
    }

    private static MapValue ToolCall(ChatToolCall call, bool argumentsAsObjects) => MapValue.Of(
        ("id", new TextValue(Text.Data(call.Id))),
        ("type", TextValue.Literal("function")),
        ("function", MapValue.Of(
            ("name", new TextValue(Text.Data(call.Name))),
            ("arguments", (argumentsAsObjects ? Parse(call.Arguments) : null) ?? new TextValue(Text.Data(call.Arguments))))));

    private static TextValue Data(Func<string?> read)
    {
        try
        {
            return new TextValue(Text.Data(read() ?? string.Empty));
        }
        catch (InvalidOperationException)
        {
            // The reader's only way to say that an escape is half a surrogate pair.
            return new TextValue(Text.Data("\uFFFD"));
        }
    }
}
