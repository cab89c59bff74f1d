using System.Globalization;
using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary><c>GET /api/tags</c>: the list of models. What only a file on this machine would have, such as its size, is 0 or empty.</summary>
internal sealed class OllamaTags : OllamaProtocol
{
    public override string Method => HttpMethods.Get;

    public override string Path => OllamaSetup.Prefix + "/tags";

    public override IAnswer WithoutBody { get; } = new TagsAnswer();

    public override (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context) => (WithoutBody, null);

    /// <summary>When the version came into service, in Ollama's words.</summary>
    public static string ModifiedAt(JsonElement model) =>
        DateTimeOffset.FromUnixTimeSeconds(model.GetProperty("created").GetInt64()).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public static void WriteDetails(Utf8JsonWriter json)
    {
        json.WriteStartObject("details"u8);
        json.WriteString("parent_model"u8, ""u8);
        json.WriteString("format"u8, "gguf"u8);
        json.WriteString("family"u8, ""u8);
        json.WriteRawProperty("families", "[]"u8);
        json.WriteString("parameter_size"u8, ""u8);
        json.WriteString("quantization_level"u8, ""u8);
        json.WriteEndObject();
    }

    private sealed class TagsAnswer : WholeAnswer
    {
        public override void WriteWhole(JsonElement answer, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("models"u8);
            foreach (var model in answer.GetProperty("data").EnumerateArray())
            {
                var id = model.GetProperty("id");
                json.WriteStartObject();
                Members.Write(json, "name", id);
                Members.Write(json, "model", id);
                json.WriteString("modified_at"u8, ModifiedAt(model));
                json.WriteNumber("size"u8, 0);

                // Hex alone here.
                json.WriteString("digest"u8, model.GetProperty("zakenak").GetProperty("digest").GetString()!["sha256:".Length..]);
                WriteDetails(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
