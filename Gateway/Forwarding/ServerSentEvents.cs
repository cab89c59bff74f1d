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
        if (sse[0] is (byte)'\n' or (byte)'\r')
            return EventKind.Comment;
        if (!sse.StartsWith("data:"u8))
        {
            // Data that comes after something else is not looked into, so it goes nowhere.
            return sse.IndexOf("\ndata"u8) >= 0 || sse.IndexOf("\rdata"u8) >= 0 ? EventKind.Garbage
                : sse[0] == ':' ? EventKind.Comment
                : sse.StartsWith("event:"u8) || sse.StartsWith("id:"u8) || sse.StartsWith("retry:"u8) ? EventKind.Other : EventKind.Garbage;
        }

        var data = DataOf(sse);
        if (data.StartsWith("[DONE]"u8))
            return EventKind.Done;
        if (data.IsEmpty || data[0] != '{')
            return EventKind.Garbage;
        if (data.StartsWith("{\"error\""u8))
            return EventKind.Error;
        return data.IndexOf("\"choices\":[]"u8) >= 0 && data.IndexOf("\"usage\":{"u8) >= 0 ? EventKind.Usage : EventKind.Data;
    }

    /// <summary>What follows <c>data:</c>, to the end of the event.</summary>
    public static ReadOnlySpan<byte> DataOf(ReadOnlySpan<byte> sse) => sse["data:"u8.Length..].Trim(" \r\n"u8);
}
