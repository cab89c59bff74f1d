using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Builds the template, signs it, and checks its own output as a peer would before anyone gets it.</summary>
public sealed class SvidIssuer(Authority authority, IOptions<IssuingOptions> options, TimeProvider time)
{
    // For peers whose clocks are behind.
    private static readonly TimeSpan _backdate = TimeSpan.FromMinutes(1);

    /// <param name="key">P-256, possession proved.</param>
    /// <exception cref="InvalidOperationException">What was signed would not be accepted: a bug, and nothing leaves.</exception>
    public IssuedSvid Issue(SpiffeId id, PublicKey key)
    {
        var signer = authority.GetSigner();
        var now = time.GetUtcNow();
        var notAfter = now + options.Value.SvidLifetime;
        var request = SvidTemplate.Build(id, key, signer.Certificate, options.Value);
        var leaf = signer.Sign(request, now - _backdate, notAfter < signer.Certificate.NotAfter ? notAfter : signer.Certificate.NotAfter);
        Check(leaf, id, key, now);
        return new IssuedSvid(id, leaf, [signer.Certificate], authority.Bundle);
    }

    private void Check(X509Certificate2 leaf, SpiffeId id, PublicKey key, DateTimeOffset now)
    {
        foreach (var usage in (string[])[TrustBundle.ServerUsage, TrustBundle.ClientUsage])
        {
            var verdict = authority.Bundle.Verify(leaf, [], usage, now);
            if (!verdict.IsAccepted || !verdict.Id.Equals(id))
            {
                throw new InvalidOperationException($"Signed an SVID for {id} that would be refused: {verdict.Refusal ?? "another id"}.");
            }
        }

        if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new InvalidOperationException($"Signed an SVID for {id} over another key.");
        }
    }
}
