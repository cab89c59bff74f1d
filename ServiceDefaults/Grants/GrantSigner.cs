using System.Security.Cryptography;
using Microsoft.Extensions.ObjectPool;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>A gateway's certificate that was found good: whose it is, until when that holds, and the key that its grants are checked with.</summary>
/// <param name="thumbprint">Of the only certificate whose connections its grants may come over; null where they may come over any.</param>
internal sealed class GrantSigner(SpiffeId id, ECParameters key, TrustBundle bundle, DateTimeOffset notBefore, DateTimeOffset notAfter, string? thumbprint)
{
    // An ECDsa is not for two threads at once.
    private readonly DefaultObjectPool<ECDsa> _keys = new(new KeyPolicy(key));

    public string Id { get; } = id.ToString();

    public bool MayCome(PeerFeature? over) => thumbprint is null || thumbprint == over?.Thumbprint;

    /// <summary>Holds only under the bundle it was checked against, and not for long: an issuing certificate above it may expire first.</summary>
    public bool HoldsAt(DateTimeOffset now, TrustBundle current) => ReferenceEquals(bundle, current) && now >= notBefore && now < notAfter;

    public bool Signed(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var verifier = _keys.Get();
        try
        {
            return verifier.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        finally
        {
            _keys.Return(verifier);
        }
    }

    private sealed class KeyPolicy(ECParameters key) : PooledObjectPolicy<ECDsa>
    {
        public override ECDsa Create() => ECDsa.Create(key);

        public override bool Return(ECDsa obj) => true;
    }
}
