using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>
/// A hash that is the same in every process, other than <see cref="HashCode"/>: all gateways must send a prompt to the same replica. Folded
/// 128-bit products, 16 bytes at a time. Not for secrets: who finds collisions sends their own requests to one replica, and is bounded there.
/// </summary>
internal static class StableHash
{
    // Odd, with bits set evenly: digits of pi and of e.
    private const ulong First = 0x243F6A8885A308D3;
    private const ulong Second = 0xB7E151628AED2A6B;

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = Fold((ulong)bytes.Length ^ First, Mix(seed));
        while (bytes.Length >= 16)
        {
            hash = Fold(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ First, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ hash);
            bytes = bytes[16..];
        }

        Span<byte> rest = stackalloc byte[16];
        rest.Clear();
        bytes.CopyTo(rest);
        hash = Fold(BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ First, BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) ^ hash);
        return Mix(hash);
    }

    public static ulong Of(ReadOnlySpan<char> text, ulong seed) => Of(MemoryMarshal.AsBytes(text), seed);

    /// <summary>Spreads every bit over all.</summary>
    public static ulong Mix(ulong value) => Fold(value ^ First, Fold(value ^ Second, First) | 1);

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
