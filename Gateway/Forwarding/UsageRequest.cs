using System.Buffers;
using Zakenak.Gateway.Screening;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// Makes a stream end with the tokens it took, which the gateway's records need: where the client did not ask for that,
/// <c>stream_options.include_usage</c> is put into the body's bytes, and the extra event is kept from the client.
/// </summary>
internal static class UsageRequest
{
    /// <summary>Whether the body goes out as it came.</summary>
    public static bool AsIs(RequestFields fields) => !fields.Stream || fields.WantsUsage;

    /// <summary>The body with usage asked for, in pooled memory, and its length.</summary>
    public static (byte[] Buffer, int Length) Splice(ReadOnlySpan<byte> body, RequestFields fields)
    {
        // In place of the value that is there, or as the first member of the object (which has others: messages is required).
        var (from, to) = fields.StreamOptions is { } range
            ? (range.Start.Value, range.End.Value)
            : (fields.ObjectStart + 1, fields.ObjectStart + 1);
        var inserted = fields.StreamOptions is null ? "\"stream_options\":{\"include_usage\":true},"u8 : "{\"include_usage\":true}"u8;
        var length = body.Length - (to - from) + inserted.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        body[..from].CopyTo(buffer);
        inserted.CopyTo(buffer.AsSpan(from));
        body[to..].CopyTo(buffer.AsSpan(from + inserted.Length));
        return (buffer, length);
    }
}
