using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Signs grants with the current SVID's key. Thread-safe; one for the process.</summary>
public sealed class GrantIssuer(IWorkloadIdentity identity)
{
    private volatile Signer? _signer;

    /// <summary>The grant as a compact JWS.</summary>
    /// <exception cref="ArgumentException">It names another issuer than this workload, or is too long for a header.</exception>
    public string Mint(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        if (grant.Issuer != identity.Id.ToString())
        {
            throw new ArgumentException("A workload mints grants in its own name only.", nameof(grant));
        }

        var signer = CurrentSigner();
        var claims = JsonSerializer.SerializeToUtf8Bytes(grant, GrantJson.Default.Grant);
        var signed = signer.Header.Length + 1 + Base64Url.GetEncodedLength(claims.Length);
        if (signed + 1 + GrantFormat.SignatureCharacters > GrantFormat.MaxLength)
        {
            throw new ArgumentException($"The grant is longer than {GrantFormat.MaxLength} characters: it names too many entities.", nameof(grant));
        }

        var jws = new byte[signed + 1 + GrantFormat.SignatureCharacters];
        signer.Header.CopyTo(jws, 0);
        jws[signer.Header.Length] = (byte)'.';
        Base64Url.EncodeToUtf8(claims, jws.AsSpan(signer.Header.Length + 1));
        jws[signed] = (byte)'.';
        Base64Url.EncodeToUtf8(signer.Sign(jws.AsSpan(0, signed)), jws.AsSpan(signed + 1));
        return Encoding.ASCII.GetString(jws);
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
        // An ECDsa is not for two threads at once.
        private readonly DefaultObjectPool<ECDsa> _keys;

        public Signer(Svid svid)
        {
            Svid = svid;
            _keys = new DefaultObjectPool<ECDsa>(new KeyPolicy(svid));
            var header = new GrantHeader(
                GrantFormat.Algorithm,
                GrantFormat.Type,
                [Convert.ToBase64String(svid.Certificate.RawData), .. svid.Chain.Select(c => Convert.ToBase64String(c.RawData))]);
            Header = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, GrantJson.Default.GrantHeader)));
        }

        public Svid Svid { get; }

        public byte[] Header { get; }

        public byte[] Sign(ReadOnlySpan<byte> signed)
        {
            var key = _keys.Get();
            try
            {
                return key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
            finally
            {
                _keys.Return(key);
            }
        }

        private sealed class KeyPolicy(Svid svid) : PooledObjectPolicy<ECDsa>
        {
            public override ECDsa Create() =>
                svid.Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The SVID's key is not of an elliptic curve.");

            public override bool Return(ECDsa obj) => true;
        }
    }
}
