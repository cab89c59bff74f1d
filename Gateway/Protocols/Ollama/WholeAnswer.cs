using System.Diagnostics;
using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary>An answer that never is a stream: nothing that it is made of asks for one.</summary>
internal abstract class WholeAnswer : IAnswer
{
    public abstract void WriteWhole(JsonElement answer, Utf8JsonWriter json);

    public void WriteChunk(JsonElement chunk, EventWriter events) => throw new UnreachableException();

    public void WriteEnd(EventWriter events) => throw new UnreachableException();

    public void WriteFault(JsonElement error, EventWriter events) => throw new UnreachableException();
}
