using System.Text;
using System.Text.Json;
using Zakenak.ModelServer.Templates;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads <c>messages</c>: roles and text, given whole or in parts.</summary>
public static class ChatMessagesParser
{
    private const int MaxMessages = 1024;
    private const int MaxContentParts = 256;
    private const int MaxRoleLength = 256;
    private const int MaxToolCalls = 128;

    private static readonly JsonElement s_empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>The turns, in order; what is wrong is remembered by <paramref name="fields"/>.</summary>
    public static IReadOnlyList<ChatTurn> Parse(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var turns = new List<ChatTurn>();
        if (fields.List("messages", MaxMessages) is not { } messages || messages.GetArrayLength() == 0)
        {
            fields.Refuse(RequestRefusals.Invalid("messages", "'messages' must be an array of at least one message."));
            return turns;
        }

        foreach (var (index, message) in messages.EnumerateArray().Index())
        {
            var path = $"messages[{index}]";
            if (message.ValueKind != JsonValueKind.Object)
            {
                fields.Refuse(RequestRefusals.Invalid(path, $"'{path}' must be an object."));
                break;
            }

            var parts = new JsonFields(message, path);
            var role = Role(parts);
            var calls = role == "assistant" ? ToolCalls(parts) : [];
            var turn = new ChatTurn(role, calls.Count > 0 && !parts.TryGet("content", out _) ? string.Empty : Content(parts)) { ToolCalls = calls };
            if (role == "tool")
            {
                turn = Answering(parts, turn, turns);
            }

            if (parts.Refusal is not null)
            {
                fields.Refuse(parts.Refusal);
                break;
            }

            turns.Add(turn);
        }

        return turns;
    }

    private static string Role(JsonFields message)
    {
        switch (message.Text("role", MaxRoleLength))
        {
            case "system" or "developer":
                return "system";
            case "user":
                return "user";
            case "assistant":
                return "assistant";
            case "tool":
                return "tool";
            default:
                message.Refuse("role", "must be 'system', 'user', 'assistant' or 'tool'");
                return string.Empty;
        }
    }

    private static List<ChatToolCall> ToolCalls(JsonFields message)
    {
        var calls = new List<ChatToolCall>();
        foreach (var (index, item) in message.List("tool_calls", MaxToolCalls)?.EnumerateArray().Index() ?? [])
        {
            var path = message.Name($"tool_calls[{index}]");
            var call = new JsonFields(item.ValueKind == JsonValueKind.Object ? item : s_empty, path);
            var function = new JsonFields(call.Nested("function") ?? s_empty, call.Name("function"));
            var (id, name) = (call.Text("id", MaxRoleLength), function.Text("name", MaxRoleLength));
            if (!function.TryGet("arguments", out var value) || !JsonFields.TryGetText(value, out var arguments) || !IsObject(arguments))
            {
                function.Refuse("arguments", "must be a string that holds a JSON object");
                arguments = string.Empty;
            }

            if (id is null || name is null)
            {
                message.Refuse(RequestRefusals.Invalid(path, $"'{path}' must have an 'id' and a 'function' with a 'name'."));
            }

            message.Refuse(call.Refusal ?? function.Refusal);
            calls.Add(new ChatToolCall(id ?? string.Empty, name ?? string.Empty, arguments));
        }

        return calls;
    }

    /// <summary>A tool's turn with the call that it answers, so that templates can name the tool.</summary>
    private static ChatTurn Answering(JsonFields message, ChatTurn turn, List<ChatTurn> before)
    {
        var id = message.Text("tool_call_id", MaxRoleLength);
        var call = before.SelectMany(earlier => earlier.ToolCalls).LastOrDefault(call => call.Id == id);
        if (call is null)
        {
            message.Refuse("tool_call_id", "must be the id of a call in an earlier message");
        }

        return turn with { ToolCallId = id, Name = call?.Name };
    }

    private static bool IsObject(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Content(JsonFields message)
    {
        if (message.TryGet("content", out var content) && JsonFields.TryGetText(content, out var whole))
        {
            return whole;
        }

        if (content.ValueKind != JsonValueKind.Array || content.GetArrayLength() > MaxContentParts)
        {
            message.Refuse("content", $"must be a string or an array of at most {MaxContentParts} text parts");
            return string.Empty;
        }

        var text = new StringBuilder();
        foreach (var (index, part) in content.EnumerateArray().Index())
        {
            var name = $"content[{index}]";
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || !JsonFields.TryGetText(type, out var kind))
            {
                message.Refuse(name, "must be an object with a 'type'");
            }
            else if (kind != "text")
            {
                message.Refuse(RequestRefusals.Unsupported(message.Name(name) + ".type", "Only content of type 'text' is supported."));
            }
            else if (part.TryGetProperty("text", out var value) && JsonFields.TryGetText(value, out var piece))
            {
                text.Append(piece);
            }
            else
            {
                message.Refuse(name + ".text", "must be a string");
            }
        }

        return text.ToString();
    }
}
