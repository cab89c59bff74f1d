using System.Collections.Concurrent;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.Gateway.Forwarding;

/// <summary>Grants that several requests get, all of one SVID and one moment; forgotten together. Any thread.</summary>
internal sealed class SharedGrants(Svid svid, DateTimeOffset mintedAt)
{
    /// <summary>About a kilobyte each.</summary>
    private const int Max = 4096;

    private readonly ConcurrentDictionary<GrantLikeness, MintedGrant> _grants = new();
    private int _count;

    public Svid Svid => svid;

    public DateTimeOffset MintedAt => mintedAt;

    public bool IsFull => Volatile.Read(ref _count) >= Max;

    public MintedGrant? Find(in GrantLikeness likeness) => _grants.TryGetValue(likeness, out var grant) ? grant : null;

    public void Add(in GrantLikeness likeness, MintedGrant grant)
    {
        if (_grants.TryAdd(likeness, grant))
            Interlocked.Increment(ref _count);
    }
}
