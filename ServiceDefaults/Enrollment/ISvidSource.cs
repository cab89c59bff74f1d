using System.Security.Cryptography;

namespace Zakenak.ServiceDefaults;

/// <summary>Where SVIDs come from: the certificate authority over the network, or, for the authority's own, its issuer.</summary>
public interface ISvidSource
{
    /// <summary>Asks once for an SVID over the key's public half. Never throws for what a network or an authority may do.</summary>
    /// <param name="key">P-256; stays in this process.</param>
    Task<SvidOutcome> ObtainAsync(ECDsa key, SvidProof proof, CancellationToken cancellationToken);
}
