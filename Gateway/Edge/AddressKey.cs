using System.Buffers.Binary;
using System.Net;

namespace Zakenak.Gateway.Edge;

/// <summary>Who counts as one client before it is known: an IPv4 address, or the /64 of an IPv6 one, because a single host has all of that to choose from.</summary>
internal readonly record struct AddressKey(ulong Value, bool IsV6)
{
    public static AddressKey Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == 16 && address.IsIPv4MappedToIPv6)
            return new AddressKey(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), IsV6: false);
        return length == 16
            ? new AddressKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), IsV6: true)
            : new AddressKey(BinaryPrimitives.ReadUInt32BigEndian(bytes), IsV6: false);
    }
}
