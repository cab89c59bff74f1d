using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Zakenak.Gateway.Protocols;

/// <summary>Writes the events of a stream, one JSON document each.</summary>
internal sealed class EventWriter(IBufferWriter<byte> output, EventFraming framing) : IDisposable
{
    /// <summary>No answer is HTML or JavaScript: only what JSON demands is escaped.</summary>
    public static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly PooledBuffer _event = new();
    private Utf8JsonWriter? _json;

    public string ContentType => framing == EventFraming.Lines ? "application/x-ndjson" : "text/event-stream";

    /// <summary>The document's writer; nothing goes out before <see cref="End"/>.</summary>
    /// <param name="name">The event's name, where the protocol names events.</param>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> name = default)
    {
        _event.Consume(_event.Length);
        if (framing == EventFraming.ServerSentEvents)
        {
            if (!name.IsEmpty)
            {
                _event.Write("event: "u8);
                _event.Write(name);
                _event.Write("\n"u8);
            }

            _event.Write("data: "u8);
        }

        if (_json is null)
            _json = new Utf8JsonWriter(_event, Json);
        else
            _json.Reset(_event);
        return _json;
    }

    public void End()
    {
        _json!.Flush();
        output.Write(_event.Span);
        output.Write(framing == EventFraming.Lines ? "\n"u8 : "\n\n"u8);
    }

    /// <summary>OpenAI's word for the end of a stream.</summary>
    public void WriteDone() => output.Write("data: [DONE]\n\n"u8);

    public void Dispose()
    {
        _json?.Dispose();
        _event.Dispose();
    }
}
