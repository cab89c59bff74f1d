using System.Text.Json;

namespace Zakenak.Gateway.Protocols;

/// <summary>Tells one answer in the client's protocol, as it comes from the model server. For one request; not thread-safe.</summary>
internal interface IAnswer
{
    /// <summary>An answer in one piece.</summary>
    void WriteWhole(JsonElement answer, Utf8JsonWriter json);

    /// <summary>One event of a stream: a chunk of a completion, or its usage.</summary>
    void WriteChunk(JsonElement chunk, EventWriter events);

    /// <summary>The stream is complete.</summary>
    void WriteEnd(EventWriter events);

    /// <summary>The stream breaks off; <paramref name="error"/> is what OpenAI's shape has under that name.</summary>
    void WriteFault(JsonElement error, EventWriter events);
}
