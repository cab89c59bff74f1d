using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>The management port as it is in a pod.</summary>
public class ManagementTlsTests
{
    private const string Namespace = "serving";
    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task Probes_are_answered_before_enrollment_on_a_certificate_that_nobody_trusts()
    {
        var identity = new WorkloadIdentity(SpiffeId.ForService(_domain.TrustDomain, Namespace, ServiceNames.ModelServer));
        await using var service = await StartAsync(identity);
        Assert.Equal("https", service.ManagementUrl.Scheme);
        using var probe = new Probe(service.ManagementUrl);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await probe.GetAsync("/livez"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy\n"), await probe.GetAsync("/healthz"));
        Assert.Equal("CN=model-server before enrollment", probe.Seen!.Subject);

        _domain.Rotate(identity);
        using var later = new Probe(service.ManagementUrl);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy\n"), await later.GetAsync("/healthz"));
        Assert.Equal(identity.Current.Certificate.RawData, later.Seen!.RawData);

        var first = identity.Current;
        _domain.Rotate(identity);
        using var renewed = new Probe(service.ManagementUrl);
        await renewed.GetAsync("/livez");
        Assert.NotEqual(first.Certificate.RawData, renewed.Seen!.RawData);
        Assert.Equal(identity.Current.Certificate.RawData, renewed.Seen.RawData);
    }

    [Theory]
    [InlineData(ServiceNames.Operator, Namespace, true)]
    [InlineData(ServiceNames.Prometheus, Namespace, true)]
    [InlineData(ServiceNames.Gateway, Namespace, false)]
    [InlineData(ServiceNames.Prometheus, "elsewhere", false)]
    public async Task Reasons_and_metrics_are_for_the_operator_and_prometheus_alone(string caller, string ns, bool allowed)
    {
        await using var service = await StartAsync();
        await SeesAsync(service, _domain.CreateIdentity(caller, ns), allowed);
    }

    [Fact]
    public async Task Who_sees_reasons_can_be_configured_by_name_or_by_id()
    {
        await using var service = await StartAsync(configure: b => b.Configuration.AddInMemoryCollection(
            [new("Management:Callers:0", "spiffe://zakenak.local/ns/monitoring/sa/prometheus"), new("Management:Callers:1", ServiceNames.Gateway)]));
        await SeesAsync(service, _domain.CreateIdentity(ServiceNames.Prometheus, "monitoring"), true);
        await SeesAsync(service, _domain.CreateIdentity(ServiceNames.Gateway, Namespace), true);
        await SeesAsync(service, _domain.CreateIdentity(ServiceNames.Gateway, "monitoring"), false);
        await SeesAsync(service, _domain.CreateIdentity(ServiceNames.Operator, Namespace), false);
    }

    [Fact]
    public async Task A_stranger_sees_a_bare_status_and_no_metrics()
    {
        await using var service = await StartAsync();
        using var probe = new Probe(service.ManagementUrl);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy\n"), await probe.GetAsync("/healthz"));
        var (status, body) = await probe.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("caller_not_allowed", body);
        Assert.Equal(HttpStatusCode.NotFound, (await probe.GetAsync("/open")).Status);
    }

    [Fact]
    public async Task A_client_certificate_of_another_trust_domain_is_refused_in_the_handshake()
    {
        await using var service = await StartAsync();
        var stranger = TestTrustDomain.CreateIdentityOfAnotherDomain(_domain, ServiceNames.Prometheus);
        using var probe = new Probe(service.ManagementUrl, stranger.Current);
        await Assert.ThrowsAsync<HttpRequestException>(() => probe.GetAsync("/livez"));
    }

    [Fact]
    public async Task A_wrong_caller_stops_the_start()
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            StartAsync(configure: b => b.Configuration.AddInMemoryCollection([new("Management:Callers:0", "../gateway")])));
        Assert.Contains("Management:Callers:", e.Message);
    }

    private static Task<EchoService> StartAsync(IWorkloadIdentity? identity = null, Action<WebApplicationBuilder>? configure = null) =>
        EchoService.StartAsync(identity ?? _domain.CreateIdentity(ServiceNames.ModelServer, Namespace), b =>
        {
            b.Services.AddHealthChecks().AddCheck("model", () => HealthCheckResult.Unhealthy("the signature does not verify"));
            configure?.Invoke(b);
        });

    private static async Task SeesAsync(EchoService service, IWorkloadIdentity caller, bool allowed)
    {
        using var client = new HttpClient(WorkloadHttpHandler.Create(new WorkloadIdentityUnder(SpiffeId.ForService(_domain.TrustDomain, Namespace, "any"), caller), ServiceNames.ModelServer))
        {
            BaseAddress = service.ManagementUrl,
        };
        for (var connection = 0; connection < 2; connection++) // the second one resumes its TLS session
        {
            using var metrics = await client.GetAsync("/metrics");
            Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, metrics.StatusCode);
            Assert.Equal(!allowed, metrics.Headers.ConnectionClose ?? false);
        }

        var health = await (await client.GetAsync("/healthz")).Content.ReadAsStringAsync();
        if (allowed)
        {
            using var body = JsonDocument.Parse(health);
            Assert.Equal("the signature does not verify", body.RootElement.GetProperty("checks").GetProperty("model").GetProperty("reason").GetString());
        }
        else
        {
            Assert.Equal("Unhealthy\n", health);
        }
    }

    /// <summary>A kubelet: checks no certificate.</summary>
    private sealed class Probe : IDisposable
    {
        private readonly HttpClient _client;

        public Probe(Uri url, Svid? own = null)
        {
            var handler = new SocketsHttpHandler();
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = own?.ServerContext,
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    Seen = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
                    return true;
                },
            };
            _client = new HttpClient(handler) { BaseAddress = url };
        }

        public X509Certificate2? Seen { get; private set; }

        public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
        {
            using var answer = await _client.GetAsync(path);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        public void Dispose() => _client.Dispose();
    }
}
