namespace Zakenak.Gateway.Forwarding;

/// <summary>Just enough of server-sent events (WHATWG HTML, 9.2) to cut a stream into events and to know the few that matter.</summary>
internal static class ServerSentEvents
{
    /// <summary>Length of the first complete event including the empty line that ends it; 0 where it is still incomplete.</summary>
    /// <param name="bytes">From the event's first byte on.</param>
    /// <param name="scanned">Bytes that are known to hold no end.</param>
    public static int EndOfFirst(ReadOnlySpan<byte> bytes, int scanned)
    {
        // An event ends with two line ends. Bare carriage returns, which the standard allows too, nobody sends.
        for (var i = Math.Max(0, scanned - 2); ; i++)
        {
            var feed = bytes[i..].IndexOf((byte)'\n');
            if (feed < 0)
                return 0;
            i += feed;
            if (bytes.Length > i + 1 && bytes[i + 1] == '\n')
                return i + 2;
            if (bytes.Length > i + 2 && bytes[i + 1] == '\r' && bytes[i + 2] == '\n')
                return i + 3;
        }
    }

    /// <summary>What an event means to the gateway.</summary>
    public static EventKind KindOf(ReadOnlySpan<byte> sse)
    {
        if (sse[0] is (byte)':' or (byte)'\n' or (byte)'\r')
            return EventKind.Comment;
        if (!sse.StartsWith("data:"u8))
            return sse.StartsWith("event:"u8) || sse.StartsWith("id:"u8) || sse.StartsWith("retry:"u8) ? EventKind.Other : EventKind.Garbage;
        var data = sse["data:"u8.Length..].TrimStart((byte)' ');
        if (data.StartsWith("[DONE]"u8))
            return EventKind.Done;
        if (data.IsEmpty || data[0] != '{')
            return EventKind.Garbage;
        if (data.StartsWith("{\"error\""u8))
            return EventKind.Error;
        return data.IndexOf("\"choices\":[]"u8) >= 0 && data.IndexOf("\"usage\":{"u8) >= 0 ? EventKind.Usage : EventKind.Data;
    }

    /// <summary>Whether an event of a chat carries text; the first ones name the role only.</summary>
    public static bool HasContent(ReadOnlySpan<byte> sse)
    {
        var at = sse.IndexOf("\"content\":\""u8);
        return at >= 0 && sse[at + "\"content\":\""u8.Length] != '"';
    }
}
