using System.Buffers;
using System.Security.Cryptography;

namespace Zakenak.ModelRegistry;

/// <summary>The name of a blob: <c>sha256:</c> and 64 lower-case hex digits. There is no other way to make one than through its check, so it is safe as a path.</summary>
public readonly record struct BlobDigest
{
    private const string Prefix = "sha256:";
    private const int HexLength = 2 * SHA256.HashSizeInBytes;

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    private BlobDigest(string hex) => Hex = hex;

    /// <summary>64 lower-case hex digits.</summary>
    public string Hex { get; }

    public static bool TryParse(string? text, out BlobDigest digest)
    {
        var valid = text is not null && text.StartsWith(Prefix, StringComparison.Ordinal)
            && IsHex(text.AsSpan(Prefix.Length), HexLength);
        digest = valid ? new BlobDigest(text![Prefix.Length..]) : default;
        return valid;
    }

    /// <summary>Whether the text is this many lower-case hex digits.</summary>
    internal static bool IsHex(ReadOnlySpan<char> text, int length) => text.Length == length && !text.ContainsAnyExcept(_hexDigits);

    /// <summary>The digest that a hash came to.</summary>
    public static BlobDigest Of(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    public override string ToString() => Prefix + Hex;
}
