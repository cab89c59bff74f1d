using System.Net;
using System.Net.Quic;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Identity.WorkloadClients;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>Where clients are met: HTTPS everywhere, plain HTTP only in development and on loopback.</summary>
internal sealed class EdgeListeners(
    IOptions<EdgeOptions> edge, IOptions<GuardOptions> guard, IOptions<ListenerOptions> listen, IOptions<ScreeningOptions> screening, ServiceContext service,
    EdgeCertificate certificate, ClientCertificateHandshake clients, ConnectionGate gate)
    : IConfigureOptions<KestrelServerOptions>
{
    private const int DefaultHttpPort = 8080;

    private ListenOptions? _http;
    private ListenOptions? _https;

    /// <summary>Known once started; null outside development.</summary>
    public Uri? HttpUrl => _http is null ? null : new Uri($"http://{_http.IPEndPoint}");

    /// <summary>Known once started.</summary>
    public Uri HttpsUrl => new($"https://{_https!.IPEndPoint}");

    public void Configure(KestrelServerOptions options)
    {
        // Kestrel takes a bare LF for the end of a line; what stands before us may not, and the two must not disagree about where a request ends.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        Bound(options.Limits, guard.Value);
        var address = IPAddress.Parse(listen.Value.Address);
        if (service.IsDevelopment)
        {
            var port = edge.Value.HttpPort ?? DefaultHttpPort;
            if (!IPAddress.IsLoopback(address))
                throw Refused($"Listen:Address: {address} is not loopback, and plain HTTP is for loopback only.");
            foreach (var endPoint in PortProbe.Find(address, port, "Listen:HttpPort"))
            {
                options.Listen(endPoint, l =>
                {
                    (_http ??= l).Protocols = HttpProtocols.Http1;
                    l.Use(gate.Guard);
                });
            }
        }
        else if (edge.Value.HttpPort is not null)
        {
            throw Refused($"Listen:HttpPort: plain HTTP is for namespace dev only, this is namespace {service.Namespace}.");
        }

        if (guard.Value.Http3 && !QuicListener.IsSupported)
            throw Refused("Edge:Http3: HTTP/3 needs libmsquic, which this machine lacks. Install it, or leave this off.");
        foreach (var endPoint in PortProbe.Find(address, edge.Value.HttpsPort, "Listen:HttpsPort"))
        {
            options.Listen(endPoint, l =>
            {
                (_https ??= l).Protocols = guard.Value.Http3 ? HttpProtocols.Http1AndHttp2AndHttp3 : HttpProtocols.Http1AndHttp2;
                l.Use(gate.Guard);
                if (certificate.IsConfigured)
                    l.UseHttps(certificate.ToCallback(clients.Ask));
                else
                    l.UseWorkloadTls(ClientCertificateMode.NoCertificate, clients.Ask);
            });
        }
    }

    /// <summary>What one client may cost before it has shown a key.</summary>
    private void Bound(KestrelServerLimits limits, GuardOptions guard)
    {
        limits.MaxRequestLineSize = guard.MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = guard.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = guard.MaxHeaders;
        limits.RequestHeadersTimeout = guard.HeadersTimeout;
        limits.KeepAliveTimeout = guard.KeepAliveTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(guard.MinBytesPerSecond, guard.SlowGrace);
        limits.MinResponseDataRate = new MinDataRate(guard.MinBytesPerSecond, guard.SlowGrace);
        limits.Http2.MaxStreamsPerConnection = guard.MaxStreamsPerConnection;
        limits.Http2.MaxRequestHeaderFieldSize = guard.MaxHeaderBytes;

        // A client that vanished without a word would keep its streams.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);

        // Above the screen's own limit, so that its answer is the one a client gets; this one bounds what else is read and thrown away.
        limits.MaxRequestBodySize = screening.Value.MaxBodyBytes + (64 * 1024);
    }

    private static OptionsValidationException Refused(string message) => new(Options.DefaultName, typeof(EdgeOptions), [message]);
}
