using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary><c>POST /api/show</c>: one version. Its template and parameters are inside the signed model and not told.</summary>
internal sealed class OllamaShow : OllamaProtocol
{
    private static readonly ShowAnswer _answer = new();

    public override string Path => OllamaSetup.Prefix + "/show";

    public override (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context)
    {
        context.Request.RouteValues["id"] = TakeModel(request);
        request.TakeBoolean("verbose");
        return (_answer, null);
    }

    private sealed class ShowAnswer : WholeAnswer
    {
        public override void WriteWhole(JsonElement answer, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("modelfile"u8, ""u8);
            json.WriteString("parameters"u8, ""u8);
            json.WriteString("template"u8, ""u8);
            OllamaTags.WriteDetails(json);
            json.WriteString("modified_at"u8, OllamaTags.ModifiedAt(answer));
            json.WriteRawProperty("capabilities", "[\"completion\",\"tools\"]"u8);
            json.WriteStartObject("model_info"u8);
            foreach (var member in answer.GetProperty("zakenak").EnumerateObject())
                Members.Write(json, $"zakenak.{member.Name}", member.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
