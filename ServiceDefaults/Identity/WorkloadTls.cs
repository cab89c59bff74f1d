using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>Server side of TLS with the current SVID.</summary>
public static class WorkloadTls
{
    /// <summary>
    /// Serves TLS with this process's SVID, always the newest for a new connection. Between services (required or optional client
    /// certificates) chain and trust domain are checked in the handshake; which id may do what is <c>RequireCaller</c>'s.
    /// </summary>
    /// <param name="adjust">Changes what is asked of clients that are no services of the suite.</param>
    public static ListenOptions UseWorkloadTls(
        this ListenOptions listen, ClientCertificateMode clientCertificates, Action<TlsHandshakeCallbackContext, SslServerAuthenticationOptions>? adjust = null)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var services = listen.ApplicationServices;
        var identity = services.GetRequiredService<IWorkloadIdentity>();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WorkloadTls).FullName!);
        return listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = async context =>
            {
                // A process that still enrolls holds the handshake (Kestrel's handshake timeout bounds it) instead of failing its first callers.
                var svid = await identity.WaitForSvidAsync(context.CancellationToken).ConfigureAwait(false);
                context.Connection.Features.Set(svid);
                var options = clientCertificates == ClientCertificateMode.NoCertificate
                    ? ForClients(svid)
                    : ForWorkloads(svid, identity.Bundle, clientCertificates, context.Connection, logger);
                adjust?.Invoke(context, options);
                return options;
            },
        });
    }

    private static SslServerAuthenticationOptions ForClients(Svid svid) => new()
    {
        ServerCertificateContext = svid.ServerContext,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
    };

    internal static SslServerAuthenticationOptions ForWorkloads(
        Svid svid, TrustBundle bundle, ClientCertificateMode mode, ConnectionContext connection, ILogger logger) => new()
        {
            ServerCertificateContext = svid.ServerContext,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            ClientCertificateRequired = true,
            CertificateChainPolicy = bundle.ToChainPolicy(TrustBundle.ClientUsage),
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                if (certificate is not X509Certificate2 leaf)
                {
                    if (mode == ClientCertificateMode.RequireCertificate)
                    {
                        WorkloadTlsLog.ConnectionRefused(logger, connection.RemoteEndPoint, "no client certificate was presented");
                        return false;
                    }

                    return true;
                }

                var verdict = bundle.Judge(leaf, (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0, chain);
                if (!verdict.IsAccepted)
                {
                    WorkloadTlsLog.ConnectionRefused(logger, connection.RemoteEndPoint, verdict.Refusal);
                    return false;
                }

                connection.Features.Set(new PeerFeature(verdict.Id, leaf, bundle));
                return true;
            },
        };
}
