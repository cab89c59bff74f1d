using System.Security.Cryptography.X509Certificates;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>On a connection's features: the workload at its other end, as it proved to be in the handshake.</summary>
/// <param name="leaf">A copy: TLS disposes of its own.</param>
/// <param name="presented">Further certificates that it sent; trusted for nothing but building the chain.</param>
internal sealed class ClientCertificate(SpiffeId id, X509Certificate2 leaf, X509Certificate2[] presented, TrustBundle bundle)
{
    private volatile TrustBundle? _trusting = bundle;

    public SpiffeId Id => id;

    public DateTimeOffset NotAfter { get; } = leaf.NotAfter;

    /// <summary>Whether it would prove the same by the roots of now: a connection does not outlive the trust in who opened it.</summary>
    public bool IsTrustedBy(TrustBundle current, DateTimeOffset now)
    {
        if (_trusting == current)
            return true;
        if (!current.Verify(leaf, presented, TrustBundle.ClientUsage, now).IsAccepted)
            return false;
        _trusting = current;
        return true;
    }
}
