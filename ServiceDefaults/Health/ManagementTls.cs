using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// TLS of the management port outside development. A kubelet probes before there is an SVID and checks no certificate: until then a self-made one serves,
/// and knows nobody. From the enrollment on, new connections get the newest SVID and may show a client certificate.
/// </summary>
internal sealed class ManagementTls(IServiceProvider services, ServiceContext service, TimeProvider time, ILogger<ManagementTls> logger) : IDisposable
{
    // Beyond any process's life; nobody trusts it for anything.
    private static readonly TimeSpan _selfMadeLifetime = TimeSpan.FromDays(3650);

    private readonly Lazy<X509Certificate2> _selfMade = new(() => MakeCertificate(service.Name, time.GetUtcNow()));

    public void Use(ListenOptions listen)
    {
        var identity = services.GetService<IWorkloadIdentity>();
        var beforeEnrollment = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_selfMade.Value, null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context => ValueTask.FromResult(identity is { IsEnrolled: true }
                ? WorkloadTls.ForWorkloads(identity.Current, identity.Bundle, ClientCertificateMode.AllowCertificate, context.Connection, logger)
                : beforeEnrollment),
        });
    }

    public void Dispose()
    {
        if (_selfMade.IsValueCreated)
        {
            _selfMade.Value.Dispose();
        }
    }

    private static X509Certificate2 MakeCertificate(string service, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={service} before enrollment", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(now.AddMinutes(-5), now + _selfMadeLifetime);
    }
}
