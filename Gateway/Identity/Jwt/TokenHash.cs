using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>SHA-256 of a token: what is remembered of it. Nobody can make another token of the same hash.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TokenHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Null where a character is none that a token can have.</summary>
    /// <param name="token">At most 16 KiB.</param>
    public static TokenHash? Of(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[token.Length];
        if (Ascii.FromUtf16(token, bytes, out _) != System.Buffers.OperationStatus.Done)
            return null;
        Span<TokenHash> hash = stackalloc TokenHash[1];
        SHA256.HashData(bytes, MemoryMarshal.AsBytes(hash));
        return hash[0];
    }

    public override int GetHashCode() => A.GetHashCode();
}
