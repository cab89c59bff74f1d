using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Zakenak.Gateway.ApiKeys;

/// <summary>The keys of one moment; never changes, so that a request sees one state only.</summary>
internal sealed class ApiKeyRing(IEnumerable<ApiKeyRing.Entry> keys)
{
    private readonly FrozenDictionary<string, Entry> _keys = keys.ToFrozenDictionary(k => k.Client.KeyId, StringComparer.Ordinal);

    /// <summary>Compared with when no key has the id, so that an unknown id takes as long as a wrong secret.</summary>
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    public static ApiKeyRing Empty { get; } = new([]);

    /// <summary>The client whose key this is, or null; hashed and compared in constant time whether the id is known or not.</summary>
    public Client? Authenticate(ReadOnlySpan<char> key, DateTimeOffset now)
    {
        if (!ApiKey.TryGetId(key, out var id))
            return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        ApiKey.Hash(key, hash);
        var known = _keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var entry);
        var same = CryptographicOperations.FixedTimeEquals(hash, known ? entry!.Hash : _nobody);
        return known && same && (entry!.Expires is not { } expires || now < expires) ? entry.Client : null;
    }

    /// <summary>A key as it is stored.</summary>
    /// <param name="Hash">SHA-256 of the whole key.</param>
    /// <param name="Expires">First moment at which it is refused; null never.</param>
    internal sealed record Entry(Client Client, byte[] Hash, DateTimeOffset? Expires);
}
