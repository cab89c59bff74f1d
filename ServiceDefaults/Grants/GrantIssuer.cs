using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Signs grants with the current SVID's key. Thread-safe; one for the process.</summary>
public sealed class GrantIssuer(IWorkloadIdentity identity)
{
    private readonly string _id = identity.Id.ToString();
    private volatile Signer? _signer;

    /// <summary>A grant that any service can check by itself: it holds the certificates of its signer.</summary>
    /// <exception cref="ArgumentException">It names another issuer than this workload, or is too long for a header.</exception>
    public MintedGrant Mint(Grant grant)
    {
        var signer = CurrentSigner();
        return Mint(grant, signer, signer.WithCertificates);
    }

    /// <summary>
    /// A grant for the other end of a connection that is opened with the same SVID. It only names the certificate, which the handshake has shown and proved:
    /// two kilobytes less with every request, and of no use to anybody who has taken it.
    /// </summary>
    /// <exception cref="ArgumentException">As above.</exception>
    public MintedGrant MintForPeer(Grant grant)
    {
        var signer = CurrentSigner();
        return Mint(grant, signer, signer.WithThumbprint);
    }

    private MintedGrant Mint(Grant grant, Signer signer, byte[] header)
    {
        ArgumentNullException.ThrowIfNull(grant);
        if (grant.Issuer != _id)
        {
            throw new ArgumentException("A workload mints grants in its own name only.", nameof(grant));
        }

        var press = signer.Presses.Get();
        var jws = press.Sign(header, grant) ?? throw new ArgumentException(
            $"The grant is longer than {GrantFormat.MaxLength} characters: it names too many entities.", nameof(grant));
        signer.Presses.Return(press);
        return new MintedGrant(jws, signer.Svid);
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
            WithThumbprint = Encode(new GrantHeader(GrantFormat.Algorithm, GrantFormat.Type) { Thumbprint = svid.Thumbprint });
            WithCertificates = Encode(new GrantHeader(GrantFormat.Algorithm, GrantFormat.Type)
            {
                Certificates = [.. svid.Chain.Prepend(svid.Certificate).Select(c => Convert.ToBase64String(c.RawData))],
            });
            Presses = new DefaultObjectPool<GrantPress>(new PressPolicy(svid));
        }

        public Svid Svid { get; }

        /// <summary>The JWS up to its first dot.</summary>
        public byte[] WithThumbprint { get; }

        /// <summary>As above.</summary>
        public byte[] WithCertificates { get; }

        public ObjectPool<GrantPress> Presses { get; }

        private static byte[] Encode(GrantHeader header) =>
            Encoding.ASCII.GetBytes(Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, GrantJson.Default.GrantHeader)));

        private sealed class PressPolicy(Svid svid) : PooledObjectPolicy<GrantPress>
        {
            public override GrantPress Create() => new(svid);

            public override bool Return(GrantPress obj) => true;
        }
    }
}
