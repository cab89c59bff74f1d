using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>Writes <c>text.format</c> as <c>response_format</c>.</summary>
internal static class RequestText
{
    public static void Write(Members request, Utf8JsonWriter json)
    {
        if (request.Take("text", JsonValueKind.Object) is not { } text)
            return;
        var members = new Members(text, "text");
        if (members.Take("format", JsonValueKind.Object) is { } given)
        {
            var format = new Members(given, "text.format");
            json.WriteStartObject("response_format"u8);
            var type = format.TakeWord("type");
            json.WriteString("type"u8, type);
            if (type == "json_schema")
            {
                json.WriteStartObject("json_schema"u8);
                format.Copy(json, "name", "description", "schema", "strict");
                json.WriteEndObject();
            }

            json.WriteEndObject();
            members.Refuse(format.Refusal);
        }

        members.PassUnknown(json);
        request.Refuse(members.Refusal);
    }
}
