using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>Client side of mTLS: handlers whose connections are proved to end at one service, and whose certificate is always the newest.</summary>
public static class WorkloadHttpHandler
{
    // Shorter than a server waits before it closes idle connections that use a replaced SVID: the client closes first, so no request meets a closing connection.
    internal static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    // Bounds how long a connection outlives the SVID that opened it, well below half an SVID's hour.
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A handler for <c>https://</c> addresses of one service, HTTP/1.1. Dispose it with the process, not with a request.</summary>
    /// <param name="expectedService">Service account that must answer, in our own namespace and trust domain.</param>
    public static SocketsHttpHandler Create(IWorkloadIdentity identity, string expectedService) =>
        Create(identity, expectedService, identity.WaitForSvidAsync);

    private static SocketsHttpHandler Create(IWorkloadIdentity identity, string expectedService, Func<CancellationToken, ValueTask<Svid>> svid)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var ns = identity.Id.Namespace ?? throw new ArgumentException("The identity has no namespace.", nameof(identity));
        var expected = SpiffeId.ForService(identity.Id.TrustDomain, ns, expectedService);
        return Create(expected, async cancellationToken => ((await svid(cancellationToken).ConfigureAwait(false)).ServerContext, identity.Bundle));
    }

    /// <summary>As above, with connections of one SVID only: whoever needs to know which one, has a handler for each.</summary>
    public static SocketsHttpHandler Create(IWorkloadIdentity identity, Svid svid, string expectedService) =>
        Create(identity, expectedService, _ => ValueTask.FromResult(svid));

    /// <summary>As above, for a process that has no SVID yet: the server proves itself, the client does not.</summary>
    internal static SocketsHttpHandler CreateAnonymous(TrustBundle bundle, SpiffeId expected) =>
        Create(expected, _ => ValueTask.FromResult<(SslStreamCertificateContext?, TrustBundle)>((null, bundle)));

    private static SocketsHttpHandler Create(SpiffeId expected, Func<CancellationToken, ValueTask<(SslStreamCertificateContext? Own, TrustBundle Bundle)>> credentials) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = IdleTimeout,
        PooledConnectionLifetime = _connectionLifetime,
        ConnectCallback = async (context, cancellationToken) =>
        {
            if (context.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
            {
                throw new InvalidOperationException($"Workloads are reached over https only; the address of {expected} is not.");
            }

            var (own, bundle) = await credentials(cancellationToken).ConfigureAwait(false);
            return await ConnectAsync(context.DnsEndPoint, own, bundle, expected, cancellationToken).ConfigureAwait(false);
        },
    };

    private static async Task<SslStream> ConnectAsync(
        DnsEndPoint endPoint, SslStreamCertificateContext? own, TrustBundle bundle, SpiffeId expected, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        string? refusal = null;
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    // Only a name resumes sessions and is sent as SNI; the address says nothing that the SPIFFE id does not say better.
                    TargetHost = $"{expected.Service}.{expected.Namespace}.{expected.TrustDomain}",
                    ClientCertificateContext = own,

                    // A resumed session shows the leaf alone, and who has not enrolled knows no issuing certificates to complete its chain.
                    AllowTlsResume = own is not null,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    CertificateChainPolicy = bundle.ToChainPolicy(TrustBundle.ServerUsage),
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        (refusal = Judge(certificate, chain, errors, bundle, expected)) is null,
                },
                cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch (AuthenticationException e) when (refusal is not null)
        {
            await tls!.DisposeAsync().ConfigureAwait(false);
            throw new AuthenticationException($"{endPoint.Host}:{endPoint.Port} is not {expected}: refused its certificate because {refusal}.", e);
        }
        catch
        {
            if (tls is not null)
            {
                await tls.DisposeAsync().ConfigureAwait(false);
            }

            socket.Dispose();
            throw;
        }
    }

    private static string? Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, TrustBundle bundle, SpiffeId expected)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return "none was presented";
        }

        // The name in the certificate is the SPIFFE id; DNS names are for browsers, so a mismatch of those is no error here.
        var verdict = bundle.Judge(leaf, (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0, chain);
        return !verdict.IsAccepted ? verdict.Refusal
            : verdict.Id.Equals(expected) ? null
            : $"it is {verdict.Id}'s";
    }
}
