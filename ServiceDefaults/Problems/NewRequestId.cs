using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Makes request ids: <c>req_</c> and a UUID of version 7 (RFC 9562) in hexadecimal digits, so that they sort by time and nobody can guess one. Takes the
/// system's random bytes for many at a time: asking for those of one id costs more than all else that an id takes.
/// </summary>
public static class NewRequestId
{
    private const string Prefix = "req_";
    private const int RandomBytes = 10;
    private const int IdsAtOnce = 128;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    public static string Next()
    {
        Span<byte> id = stackalloc byte[16];
        TakeRandom(id[6..]);
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        time[2..].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return string.Create(Prefix.Length + 32, (ReadOnlySpan<byte>)id, static (text, bytes) =>
        {
            Prefix.CopyTo(text);
            Convert.TryToHexStringLower(bytes, text[Prefix.Length..], out _);
        });
    }

    /// <summary>Whether a request has such an id already.</summary>
    public static bool IsOne(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.StartsWith(Prefix, StringComparison.Ordinal);
    }

    private static void TakeRandom(Span<byte> bytes)
    {
        var random = _random ??= new byte[RandomBytes * IdsAtOnce];
        if (_used == 0)
        {
            RandomNumberGenerator.Fill(random);
        }

        random.AsSpan(_used, RandomBytes).CopyTo(bytes);
        _used = (_used + RandomBytes) % random.Length;
    }
}
