using System.Collections.Frozen;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>The keys of an issuer at one moment (RFC 7517, section 5), by <c>kid</c>.</summary>
internal sealed class KeySet
{
    public const int MaxBytes = 256 * 1024;

    /// <summary>An issuer has some: the old, the current, the next.</summary>
    private const int MaxKeys = 64;

    private readonly FrozenDictionary<string, VerificationKey> _keys;

    private KeySet(IEnumerable<VerificationKey> keys) => _keys = keys.ToFrozenDictionary(k => k.Id, StringComparer.Ordinal);

    public int Count => _keys.Count;

    public VerificationKey? Find(string id) => _keys.GetValueOrDefault(id);

    /// <summary>Reads what an issuer shows. Keys that can't verify a token are left out; a key that was there before stays the same object.</summary>
    /// <exception cref="InvalidDataException">It is no key set, or has no key of use; the message quotes nothing.</exception>
    public static KeySet Read(ReadOnlySpan<byte> json, KeySet? before)
    {
        JsonWebKeySet set;
        try
        {
            set = JsonWebKeySet.Create(Encoding.UTF8.GetString(json));
        }
#pragma warning disable CA1031 // The library says in many ways that it can't read a text.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new InvalidDataException($"it is not a JWK set ({e.GetType().Name})");
        }

        if (set.Keys.Count > MaxKeys)
            throw new InvalidDataException($"it has more than {MaxKeys} keys");
        var keys = set.Keys.Select(VerificationKey.TryCreate).OfType<VerificationKey>()
            .Select(k => before?.Find(k.Id) is { } same && same.Text == k.Text ? same : k).ToList();
        if (keys.Count == 0)
            throw new InvalidDataException("it has no key with a 'kid' that can verify a token");
        if (keys.DistinctBy(k => k.Id, StringComparer.Ordinal).Count() != keys.Count)
            throw new InvalidDataException("two of its keys have one 'kid'");
        return new KeySet(keys);
    }
}
