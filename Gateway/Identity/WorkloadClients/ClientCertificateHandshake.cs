using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>
/// Asks whoever connects for a certificate, where any is configured to mean something. Who has none goes on and may show a key; who has one
/// that does not prove what it says is refused in the handshake.
/// </summary>
internal sealed partial class ClientCertificateHandshake(ClientBundles bundles, TimeProvider time, ILogger<ClientCertificateHandshake> logger)
{
    /// <summary>To be called for each connection.</summary>
    public void Ask(TlsHandshakeCallbackContext context, SslServerAuthenticationOptions tls)
    {
        if (!bundles.Any)
            return;
        var connection = context.Connection;
        tls.ClientCertificateRequired = true;

        // A resumed session brings the leaf alone, and what issued it may be known from nowhere else.
        tls.AllowTlsResume = false;
        tls.CertificateChainPolicy = bundles.ToChainPolicy();
        tls.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            if (certificate is not X509Certificate2 leaf)
                return true;
            if (Check(connection, leaf, chain) is not { } reason)
                return true;
            CertificateRefused(logger, connection.RemoteEndPoint, reason);
            return false;
        };
    }

    private string? Check(ConnectionContext connection, X509Certificate2 leaf, X509Chain? chain)
    {
        var profile = SvidProfile.Read(leaf);
        if (!profile.IsAccepted)
            return profile.Refusal;
        if (bundles.Find(profile.Id.TrustDomain) is not { } bundle)
            return "its trust domain is not configured";
        X509Certificate2[] presented = [.. (chain?.ChainPolicy.ExtraStore ?? []).Select(Copy)];
        var verdict = bundle.Verify(leaf, presented, TrustBundle.ClientUsage, time.GetUtcNow());
        if (!verdict.IsAccepted)
            return verdict.Refusal;
        connection.Features.Set(new ClientCertificate(verdict.Id, Copy(leaf), presented, bundle));
        return null;
    }

    private static X509Certificate2 Copy(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span);

    // The certificate's own texts are not logged: an unauthenticated peer chose them.
    [LoggerMessage(LogLevel.Warning, "Refused the client certificate of {Peer} in the TLS handshake: {Reason}")]
    private static partial void CertificateRefused(ILogger logger, EndPoint? peer, string reason);
}
