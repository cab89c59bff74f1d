using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c>, which lie flat here, as a chat nests them.</summary>
internal static class RequestTools
{
    public static void Write(Members request, Utf8JsonWriter json)
    {
        if (request.Take("tools", JsonValueKind.Array) is { } tools)
        {
            json.WriteStartArray("tools"u8);
            var index = 0;
            foreach (var element in tools.EnumerateArray())
            {
                var tool = Members.Of(element, $"tools[{index++}]");
                if (tool.TakeWord("type") != "function")
                {
                    tool.Refuse(new Refusal(StatusCodes.Status400BadRequest, "unsupported_parameter",
                        $"'{tool.Name("type")}' must be 'function': this server has no tools of its own.", tool.Name("type")));
                }

                json.WriteStartObject();
                json.WriteString("type"u8, "function"u8);
                json.WriteStartObject("function"u8);
                tool.Copy(json, "name", "description", "parameters", "strict");
                json.WriteEndObject();
                json.WriteEndObject();
                request.Refuse(tool.Refusal);
            }

            json.WriteEndArray();
        }

        if (!request.Take("tool_choice", out var choice))
            return;
        if (choice.ValueKind == JsonValueKind.Object)
        {
            var named = Members.Of(choice, "tool_choice");
            if (named.TakeWord("type") != "function")
                named.Refuse("type", "must be 'function'");
            json.WriteStartObject("tool_choice"u8);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            named.Copy(json, "name");
            json.WriteEndObject();
            json.WriteEndObject();
            request.Refuse(named.Refusal);
        }
        else
        {
            Members.Write(json, "tool_choice", choice);
        }
    }
}
