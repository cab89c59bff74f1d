using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>Writes <c>instructions</c> and <c>input</c> as the messages of a chat.</summary>
internal static class InputItems
{
    private enum Open
    {
        Nothing,

        /// <summary>An assistant's message, to which calls may still come: in a chat both are one message.</summary>
        Message,

        /// <summary>Its calls.</summary>
        Calls,
    }

    public static void Write(Members request, Utf8JsonWriter json)
    {
        json.WriteStartArray("messages"u8);
        if (request.Take("instructions", JsonValueKind.String) is { } instructions)
            WriteMessage(json, "system", instructions);
        if (!request.Take("input", out var input))
            request.Refuse(new Refusal(StatusCodes.Status400BadRequest, "missing_required_parameter", "'input' is missing.", "input"));
        else if (input.ValueKind == JsonValueKind.String)
            WriteMessage(json, "user", input);
        else if (input.ValueKind == JsonValueKind.Array)
            WriteItems(request, input, json);
        else
            request.Refuse("input", "must be a string or an array");
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, string role, JsonElement content)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, role);
        Members.Write(json, "content", content);
        json.WriteEndObject();
    }

    private static void WriteItems(Members request, JsonElement items, Utf8JsonWriter json)
    {
        var open = Open.Nothing;
        var index = 0;
        foreach (var element in items.EnumerateArray())
        {
            var item = Members.Of(element, $"input[{index++}]");
            var type = item.TakeWord("type");
            if (type != "function_call")
                Close(ref open, json);
            switch (type)
            {
                case null or "message":
                    open = WriteMessage(item, json);
                    break;
                case "function_call":
                    WriteCall(item, json, ref open);
                    break;
                case "function_call_output":
                    json.WriteStartObject();
                    json.WriteString("role"u8, "tool"u8);
                    item.CopyAs("call_id", "tool_call_id", json);
                    WriteContent(item, "output", json);
                    json.WriteEndObject();
                    break;
                default:
                    item.Refuse(new Refusal(StatusCodes.Status400BadRequest, "unsupported_parameter",
                        $"'{item.Name("type")}' must be 'message', 'function_call' or 'function_call_output'.", item.Name("type")));
                    break;
            }

            request.Refuse(item.Refusal);
            if (request.Refusal is not null)
                break;
        }

        Close(ref open, json);
    }

    private static Open WriteMessage(Members item, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        var role = item.TakeWord("role");
        json.WriteString("role"u8, role);
        WriteContent(item, "content", json);
        if (role is not ("user" or "system" or "developer" or "assistant"))
            item.Refuse("role", "must be 'user', 'system', 'developer' or 'assistant'");
        if (role == "assistant")
            return Open.Message;
        json.WriteEndObject();
        return Open.Nothing;
    }

    private static void WriteCall(Members item, Utf8JsonWriter json, ref Open open)
    {
        if (open == Open.Nothing)
        {
            json.WriteStartObject();
            json.WriteString("role"u8, "assistant"u8);
        }

        if (open != Open.Calls)
            json.WriteStartArray("tool_calls"u8);
        open = Open.Calls;
        json.WriteStartObject();
        json.WriteString("type"u8, "function"u8);
        item.CopyAs("call_id", "id", json);
        json.WriteStartObject("function"u8);
        item.Copy(json, "name", "arguments");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Close(ref Open open, Utf8JsonWriter json)
    {
        if (open == Open.Calls)
            json.WriteEndArray();
        if (open != Open.Nothing)
            json.WriteEndObject();
        open = Open.Nothing;
    }

    private static void WriteContent(Members item, string member, Utf8JsonWriter json)
    {
        if (!item.Take(member, out var content) || content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            item.Refuse(member, "must be a string or an array of texts");
            return;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            Members.Write(json, "content", content);
            return;
        }

        json.WriteStartArray("content"u8);
        var index = 0;
        foreach (var element in content.EnumerateArray())
        {
            var part = Members.Of(element, item.Name($"{member}[{index++}]"));
            if (part.TakeWord("type") is not ("input_text" or "output_text" or "text"))
            {
                part.Refuse(new Refusal(StatusCodes.Status400BadRequest, "unsupported_parameter",
                    $"'{part.Name("type")}' must be 'input_text' or 'output_text': only text is supported.", part.Name("type")));
            }

            json.WriteStartObject();
            json.WriteString("type"u8, "text"u8);
            part.Copy(json, "text");
            json.WriteEndObject();
            item.Refuse(part.Refusal);
        }

        json.WriteEndArray();
    }
}
