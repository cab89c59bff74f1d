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
            var turn = new ChatTurn(Role(parts), Content(parts));
            if (parts.TryGet("tool_calls", out _))
            {
                parts.Refuse(RequestRefusals.Unsupported(parts.Name("tool_calls"), "Tool calls are not supported."));
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
            case "tool" or "function":
                message.Refuse(RequestRefusals.Unsupported(message.Name("role"), "Messages of tools are not supported."));
                return string.Empty;
            default:
                message.Refuse("role", "must be 'system', 'user' or 'assistant'");
                return string.Empty;
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
