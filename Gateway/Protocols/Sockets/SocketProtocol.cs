using System.Diagnostics;
using System.Text.Json;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>How the answer to one request is told: each part in a message of its own, with the request's id.</summary>
internal sealed class SocketProtocol(string id) : IProtocol, IAnswer
{
    public string Method => HttpMethods.Post;

    public string Path => SocketsSetup.Path;

    public ApiRoute? Route => ApiRoute.Chat;

    public EventFraming Framing => EventFraming.Lines;

    public IAnswer WithoutBody => this;

    public (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context) =>
        throw new UnreachableException("The request is in the one shape already.");

    public void WriteWhole(JsonElement answer, Utf8JsonWriter json) => Write(json, "answer", answer);

    public void WriteError(JsonElement error, Utf8JsonWriter json) => Write(json, "error", error.GetProperty("error"));

    public void WriteChunk(JsonElement chunk, EventWriter events)
    {
        Write(events.Begin(), "event", chunk);
        events.End();
    }

    public void WriteFault(JsonElement error, EventWriter events)
    {
        Write(events.Begin(), "error", error);
        events.End();
    }

    public void WriteEnd(EventWriter events)
    {
        // That it is done is told once nothing more can go wrong.
    }

    private void Write(Utf8JsonWriter json, string member, JsonElement value)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        Members.Write(json, member, value);
        json.WriteEndObject();
    }
}
