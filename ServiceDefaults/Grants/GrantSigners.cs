using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Checks the header of a grant and the certificates in it; remembers the good ones, so that a request costs one signature check.</summary>
internal sealed class GrantSigners(IWorkloadIdentity identity, TimeProvider time)
{
    // A gateway's replicas times two SVIDs each; the same certificates can be written in many ways, so there must be a bound.
    private const int MaxRemembered = 64;

    private static readonly TimeSpan _rememberedFor = TimeSpan.FromMinutes(10);
    private static readonly string _p256 = ECCurve.NamedCurves.nistP256.Oid.Value!;

    private readonly ConcurrentDictionary<string, GrantSigner> _remembered = new(StringComparer.Ordinal);

    /// <summary>Headers remembered now.</summary>
    public int Remembered => _remembered.Count;

    /// <param name="header">The first part of the JWS, as sent.</param>
    /// <param name="peer">The other end of the connection that it came over; null where that proved nothing.</param>
    public (GrantSigner? Signer, GrantResult? Refusal) Find(ReadOnlySpan<char> header, PeerFeature? peer)
    {
        var now = time.GetUtcNow();
        var bundle = identity.Bundle;
        if (_remembered.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(header, out var signer) && signer.HoldsAt(now, bundle))
        {
            return signer.MayCome(peer) ? (signer, null) : Refused();
        }

        (signer, var refusal) = Check(header, peer, bundle, now);
        if (signer is not null)
        {
            if (_remembered.Count >= MaxRemembered)
            {
                _remembered.Clear();
            }

            _remembered[header.ToString()] = signer;
        }

        return (signer, refusal);
    }

    private (GrantSigner? Signer, GrantResult? Refusal) Check(ReadOnlySpan<char> header, PeerFeature? peer, TrustBundle bundle, DateTimeOffset now)
    {
        List<X509Certificate2> certificates = [];
        try
        {
            var fields = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(header), GrantJson.Default.GrantHeader);
            if (fields is { Algorithm: GrantFormat.Algorithm, Type: GrantFormat.Type, Certificates: null, Thumbprint: { } thumbprint })
            {
                // The handshake proved it, but perhaps by a root that is no longer trusted.
                return peer?.Thumbprint != thumbprint ? Refused()
                    : ReferenceEquals(peer.Bundle, bundle) ? Accept(peer.Id, peer.Certificate, bundle, now, thumbprint)
                    : Check(peer.Certificate, [], bundle, now, thumbprint);
            }

            if (fields is not { Algorithm: GrantFormat.Algorithm, Type: GrantFormat.Type, Certificates.Count: > 0 and <= GrantFormat.MaxCertificates, Thumbprint: null })
            {
                return Malformed();
            }

            foreach (var certificate in fields.Certificates)
            {
                certificates.Add(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(certificate)));
            }

            return Check(certificates[0], certificates[1..], bundle, now, thumbprint: null);
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException or ArgumentNullException)
        {
            return Malformed();
        }
        finally
        {
            certificates.ForEach(c => c.Dispose());
        }

        static (GrantSigner?, GrantResult?) Malformed() =>
            (null, GrantResult.Refused(GrantCodes.Malformed, "The grant's header is not of the expected form."));
    }

    private (GrantSigner? Signer, GrantResult? Refusal) Check(
        X509Certificate2 leaf, IReadOnlyList<X509Certificate2> others, TrustBundle bundle, DateTimeOffset now, string? thumbprint)
    {
        // The gateway is a client when it sends a grant.
        var verdict = bundle.Verify(leaf, others, TrustBundle.ClientUsage, now);
        return verdict.IsAccepted ? Accept(verdict.Id, leaf, bundle, now, thumbprint) : Refused();
    }

    /// <param name="leaf">Its chain leads to a root; whether it is valid now is seen here.</param>
    private (GrantSigner? Signer, GrantResult? Refusal) Accept(SpiffeId id, X509Certificate2 leaf, TrustBundle bundle, DateTimeOffset now, string? thumbprint)
    {
        DateTimeOffset from = leaf.NotBefore, until = leaf.NotAfter;
        if (id.TrustDomain != identity.Id.TrustDomain || id.Namespace != identity.Id.Namespace || id.Service != ServiceNames.Gateway
            || now < from || now >= until)
        {
            return Refused();
        }

        using var key = leaf.GetECDsaPublicKey();
        if (key?.ExportParameters(includePrivateParameters: false) is not { } parameters || parameters.Curve.Oid.Value != _p256)
        {
            return Refused();
        }

        var forgotten = now + _rememberedFor;
        return (new GrantSigner(id, parameters, bundle, from, until < forgotten ? until : forgotten, thumbprint), null);
    }

    private static (GrantSigner?, GrantResult?) Refused() =>
        (null, GrantResult.Refused(GrantCodes.Issuer, "The grant was not signed by a gateway of this trust domain and namespace, or came over another's connection."));
}
