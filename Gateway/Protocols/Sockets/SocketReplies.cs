using System.Buffers;
using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>The messages that a connection itself has for its client.</summary>
internal static class SocketReplies
{
    /// <summary>What is wrong; without an id where it belongs to no request.</summary>
    public static byte[] Error(string? id, Refusal refusal)
    {
        using var error = JsonDocument.Parse(refusal.ToEvent().AsMemory("data: ".Length));
        return Write(id, json => Members.Write(json, "error", error.RootElement.GetProperty("error")));
    }

    /// <summary>Nothing more comes for this request.</summary>
    public static byte[] Done(string id, int status, string? requestId) => Write(id, json =>
    {
        json.WriteBoolean("done"u8, true);
        json.WriteNumber("status"u8, status);
        if (requestId is not null)
            json.WriteString("request_id"u8, requestId);
    });

    private static byte[] Write(string? id, Action<Utf8JsonWriter> members)
    {
        var message = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(message, EventWriter.Json))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            members(json);
            json.WriteEndObject();
        }

        return message.WrittenSpan.ToArray();
    }
}
