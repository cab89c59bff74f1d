using System.Text.Json;
using System.Text.Unicode;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>One message of a client: a request, or that a request's answer is wanted no more.</summary>
/// <param name="Id">The client's own name for the request, given back with all that belongs to it.</param>
/// <param name="Request">Where in the message the request's object lies; null to cancel.</param>
internal readonly record struct SocketMessage(string Id, Range? Request)
{
    private const int MaxIdLength = 64;

    /// <summary>The message, or the member that makes it none; "" for the message itself.</summary>
    public static (SocketMessage? Message, string? Wrong) Read(ReadOnlySpan<byte> json, int maxDepth)
    {
        try
        {
            return Utf8.IsValid(json) ? ReadObject(json, maxDepth + 1) : (null, "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, "");
        }
    }

    private static (SocketMessage?, string?) ReadObject(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return (null, "");
        string? id = null;
        Range? request = null;
        var cancel = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8) && id is null)
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.GetString() is not { Length: > 0 and <= MaxIdLength } text)
                    return (null, "id");
                id = text;
            }
            else if (reader.ValueTextEquals("request"u8) && request is null)
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                    return (null, "request");
                var from = (int)reader.TokenStartIndex;
                reader.Skip();
                request = from..(int)reader.BytesConsumed;
            }
            else if (reader.ValueTextEquals("cancel"u8) && !cancel)
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.True)
                    return (null, "cancel");
                cancel = true;
            }
            else
            {
                return (null, "");
            }
        }

        reader.Read();
        return id is null ? (null, "id") : request is null == cancel ? (new SocketMessage(id, request), null) : (null, "request");
    }
}
