using System.Buffers.Text;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Signs grants with the current SVID's key. Thread-safe; one for the process.</summary>
public sealed class GrantIssuer(IWorkloadIdentity identity)
{
    private readonly string _id = identity.Id.ToString();
    private volatile Signer? _signer;

    /// <summary>The grant as a compact JWS.</summary>
    /// <exception cref="ArgumentException">It names another issuer than this workload, or is too long for a header.</exception>
    public MintedGrant Mint(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        if (grant.Issuer != _id)
        {
            throw new ArgumentException("A workload mints grants in its own name only.", nameof(grant));
        }

        var signer = CurrentSigner();
        var press = signer.Presses.Get();
        var claimsAndSignature = press.Sign(grant) ?? throw new ArgumentException(
            $"The grant is longer than {GrantFormat.MaxLength} characters: it names too many entities.", nameof(grant));
        signer.Presses.Return(press);
        return new MintedGrant(signer.Header, claimsAndSignature);
    }

    private Signer CurrentSigner()
    {
        var svid = identity.Current;
        var signer = _signer;
        if (signer is null || signer.Svid != svid)
        {
            // Two threads may both make one after a renewal; either serves.
            _signer = signer = new Signer(svid);
        }

        return signer;
    }

    /// <summary>What stays the same for the life of one SVID.</summary>
    private sealed class Signer
    {
        public Signer(Svid svid)
        {
            Svid = svid;
            var header = new GrantHeader(
                GrantFormat.Algorithm,
                GrantFormat.Type,
                [Convert.ToBase64String(svid.Certificate.RawData), .. svid.Chain.Select(c => Convert.ToBase64String(c.RawData))]);
            Header = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, GrantJson.Default.GrantHeader));
            Presses = new DefaultObjectPool<GrantPress>(new PressPolicy(svid, Header));
        }

        public Svid Svid { get; }

        public string Header { get; }

        public ObjectPool<GrantPress> Presses { get; }

        private sealed class PressPolicy(Svid svid, string header) : PooledObjectPolicy<GrantPress>
        {
            public override GrantPress Create() => new(svid, header);

            public override bool Return(GrantPress obj) => true;
        }
    }
}
