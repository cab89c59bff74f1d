using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Zakenak.Contracts;

/// <summary>The text of an API key: <c>zk-ID-SECRET</c>, 64 bits of id in hex and 256 bits of secret in base64url.</summary>
public static class ApiKey
{
    public const string Prefix = "zk-";
    public const int IdLength = 16;
    public const int Length = 3 + IdLength + 1 + 43;

    private static readonly SearchValues<char> _hex = SearchValues.Create("0123456789abcdef");

    public static string Create() =>
        Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2))
        + "-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>The id part of a key that has a key's shape.</summary>
    public static bool TryGetId(ReadOnlySpan<char> key, out ReadOnlySpan<char> id)
    {
        id = default;
        if (key.Length != Length || !key.StartsWith(Prefix, StringComparison.Ordinal) || key[Prefix.Length + IdLength] != '-')
            return false;
        id = key.Slice(Prefix.Length, IdLength);
        return IsId(id);
    }

    public static bool IsId(ReadOnlySpan<char> id) =>
        id.Length == IdLength && !id.ContainsAnyExcept(_hex);

    /// <summary>
    /// SHA-256 of the whole key. A plain hash is enough where the secret has 256 random bits: there is nothing to guess that
    /// a slow hash would protect.
    /// </summary>
    public static void Hash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[Length * 3];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)], hash);
        CryptographicOperations.ZeroMemory(bytes);
    }
}
