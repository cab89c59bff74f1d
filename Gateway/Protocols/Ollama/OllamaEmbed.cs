using System.Text.Json;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary><c>POST /api/embed</c>. A text that is too long is refused, not cut.</summary>
internal sealed class OllamaEmbed(TimeProvider time) : OllamaProtocol
{
    public override string Path => OllamaSetup.Prefix + "/embed";

    public override ApiRoute Route => ApiRoute.Embeddings;

    public override (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context)
    {
        json.WriteString("model"u8, TakeModel(request));
        request.Copy(json, "input", "dimensions");
        request.TakeBoolean("truncate");
        request.Take("keep_alive", out _);
        if (request.Take("options", JsonValueKind.Object) is { } options)
            new Members(options, "options").PassUnknown(json);
        return (new EmbedAnswer(time, time.GetTimestamp()), null);
    }

    private sealed class EmbedAnswer(TimeProvider time, long startedAt) : WholeAnswer
    {
        public override void WriteWhole(JsonElement answer, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            Members.Write(json, "model", answer.GetProperty("model"));
            json.WriteStartArray("embeddings"u8);
            foreach (var item in answer.GetProperty("data").EnumerateArray())
                json.WriteRawValue(Members.Raw(item.GetProperty("embedding")), skipInputValidation: true);
            json.WriteEndArray();
            json.WriteNumber("total_duration"u8, time.GetElapsedTime(startedAt).Ticks * 100);
            json.WriteNumber("load_duration"u8, 0);
            Members.Write(json, "prompt_eval_count", answer.GetProperty("usage").GetProperty("prompt_tokens"));
            json.WriteEndObject();
        }
    }
}
