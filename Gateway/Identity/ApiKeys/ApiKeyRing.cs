using System.Collections.Frozen;
using System.Security.Cryptography;
using Zakenak.Contracts;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Refusals;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>The keys of one moment; never changes, so that a request sees one state only.</summary>
/// <param name="keys">Of several with one id the first counts.</param>
/// <param name="tenants">Limits by tenant.</param>
/// <param name="isWhole">Whether all keys could be read: of a key that is not here nobody knows anything else.</param>
internal sealed class ApiKeyRing(IEnumerable<ApiKeyRing.Entry> keys, IReadOnlyDictionary<string, TenantLimitSet> tenants, bool isWhole = true)
{
    private static readonly AccessFault _unread = new(IdentityKind.ApiKey, AccessReasons.KeysUnavailable, ApiRefusals.IdentityUnavailable);

    private static readonly AccessFault _malformed = new(IdentityKind.ApiKey, AccessReasons.Malformed, ApiRefusals.InvalidKey);

    private readonly FrozenDictionary<string, Entry> _keys = keys.DistinctBy(k => k.Id).ToFrozenDictionary(k => k.Id, StringComparer.Ordinal);

    /// <summary>Compared with when no key has the id, so that an unknown id takes as long as a wrong secret.</summary>
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    public static ApiKeyRing Empty { get; } = new([], ApiKeyFile.Empty.TenantLimits);

    public int Count => _keys.Count;

    public TenantLimitSet? LimitsOf(string tenant) => tenants.GetValueOrDefault(tenant);

    /// <summary>The client whose key this is; hashed and compared in constant time whether the id is known or not.</summary>
    public Identification Authenticate(ReadOnlySpan<char> key, DateTimeOffset now)
    {
        if (!ApiKey.TryGetId(key, out var id))
            return _malformed;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        ApiKey.Hash(key, hash);
        var known = _keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var entry);
        var same = CryptographicOperations.FixedTimeEquals(hash, known ? entry!.Hash : _nobody);
        if (!known && !isWhole)
            return _unread;
        var reason = !known ? AccessReasons.Unknown
            : !same ? AccessReasons.WrongSecret
            : entry!.IsRevoked ? AccessReasons.Revoked
            : entry.Expires is { } expires && now >= expires ? AccessReasons.Expired
            : null;
        return reason is null ? entry!.Client : new AccessFault(IdentityKind.ApiKey, reason, ApiRefusals.InvalidKey, id.ToString());
    }

    /// <summary>The limits of a key.</summary>
    public static LimitSet LimitsOf(ApiKeyItem key) => new()
    {
        RequestsPerMinute = key.RequestsPerMinute,
        TokensPerMinute = key.TokensPerMinute,
        ConcurrentRequests = key.ConcurrentRequests,
    };

    /// <summary>A key as it is stored.</summary>
    /// <param name="Hash">SHA-256 of the whole key.</param>
    /// <param name="Expires">First moment at which it is refused; null never.</param>
    internal sealed record Entry(Client Client, byte[] Hash, DateTimeOffset? Expires = null, bool IsRevoked = false)
    {
        public string Id => Client.KeyId;

        /// <param name="item">Without a fault.</param>
        /// <param name="tenants">Limits by tenant.</param>
        public static Entry Of(ApiKeyItem item, IReadOnlyDictionary<string, TenantLimitSet> tenants) => new(
            new Client
            {
                KeyId = item.Id,
                Tenant = item.Tenant,
                Scopes = item.Scopes is null ? ClientScopes.Default : ScopeNames.Parse(item.Scopes) ?? ClientScopes.None,
                Models = item.Models ?? [Client.AnyModel],
                Features = item.Features ?? [],
                Limits = LimitsOf(item),
                TenantLimits = tenants.GetValueOrDefault(item.Tenant),
            },
            Convert.FromHexString(item.Sha256!),
            item.Expires,
            item.Revoked is not null);
    }
}
