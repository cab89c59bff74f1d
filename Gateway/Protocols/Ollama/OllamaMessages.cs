using System.Globalization;
using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary>
/// Writes <c>messages</c>. Here calls of tools have no ids and results say at most the tool's name; a chat wants each result to name its call: the
/// first of that name that has no result yet.
/// </summary>
internal static class OllamaMessages
{
    public static void Write(Members request, Utf8JsonWriter json)
    {
        var calls = new List<(string Id, string? Name)>();
        json.WriteStartArray("messages"u8);
        var index = 0;
        foreach (var element in request.Take("messages", JsonValueKind.Array) is { } messages ? messages.EnumerateArray() : default)
        {
            var path = $"messages[{index++}]";
            var message = Members.Of(element, path);
            json.WriteStartObject();
            message.Copy(json, "role", "content");
            var role = message.TakeWord("role");
            if (role == "assistant")
                WriteCalls(message, json, calls);
            else if (role == "tool")
                WriteAnswered(message, json, calls);
            json.WriteEndObject();
            message.RefuseIfAsked("only text is", "images");
            request.Refuse(message.Refusal);
            if (request.Refusal is not null)
                break;
        }

        json.WriteEndArray();
    }

    private static void WriteCalls(Members message, Utf8JsonWriter json, List<(string Id, string? Name)> calls)
    {
        if (message.Take("tool_calls", JsonValueKind.Array) is not { } given || given.GetArrayLength() == 0)
            return;
        json.WriteStartArray("tool_calls"u8);
        var index = 0;
        foreach (var element in given.EnumerateArray())
        {
            var call = Members.Of(element, message.Name($"tool_calls[{index++}]"));
            var function = Members.Of(call.Take("function", JsonValueKind.Object) ?? default, call.Name("function"));
            var name = function.TakeWord("name");
            calls.Add((string.Create(CultureInfo.InvariantCulture, $"call_{calls.Count}"), name));
            json.WriteStartObject();
            json.WriteString("id"u8, calls[^1].Id);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, name);

            // An object here, its text in a chat.
            if (function.Take("arguments", JsonValueKind.Object) is { } arguments)
                json.WriteString("arguments"u8, Members.Raw(arguments));
            else
                json.WriteString("arguments"u8, "{}"u8);
            json.WriteEndObject();
            json.WriteEndObject();
            if (name is null)
                function.Refuse("name", "must be a string");
            message.Refuse(call.Refusal ?? function.Refusal);
        }

        json.WriteEndArray();
    }

    private static void WriteAnswered(Members message, Utf8JsonWriter json, List<(string Id, string? Name)> calls)
    {
        var name = message.TakeWord("tool_name");
        var answered = calls.FindIndex(call => name is null || call.Name == name);
        if (answered < 0)
        {
            message.Refuse(new Refusal(StatusCodes.Status400BadRequest, "invalid_value",
                $"'{message.Name("tool_name")}' must name a tool that an earlier message calls and that no message has answered.", message.Name("tool_name")));
            return;
        }

        json.WriteString("tool_call_id"u8, calls[answered].Id);
        calls.RemoveAt(answered);
    }
}
