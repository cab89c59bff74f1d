using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary><c>GET /api/version</c>: Zakenak's own.</summary>
internal sealed class OllamaVersion : OllamaProtocol
{
    public override string Method => HttpMethods.Get;

    public override string Path => OllamaSetup.Prefix + "/version";

    public override IAnswer WithoutBody { get; } = new VersionAnswer();

    public override (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context) => (WithoutBody, null);

    private sealed class VersionAnswer : WholeAnswer
    {
        private readonly string _version = typeof(OllamaVersion).Assembly.GetName().Version!.ToString(3);

        public override void WriteWhole(JsonElement answer, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("version"u8, _version);
            json.WriteEndObject();
        }
    }
}
