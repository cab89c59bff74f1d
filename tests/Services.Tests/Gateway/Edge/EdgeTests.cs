using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Edge;

public sealed class EdgeTests : IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-edge-");

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> RefusalAsync(string ns, params (string, string)[] settings)
    {
        var start = async () =>
        {
            await using var app = GatewayHost.Create(_domain.CreateIdentity(ServiceNames.Gateway, ns), _folder.FullName, new RecordedLog(), settings);
            await app.StartAsync();
        };
        return (await Assert.ThrowsAnyAsync<Exception>(start)).ToString();
    }

    /// <summary>The certificate that the edge shows.</summary>
    private static async Task<X509Certificate2> CertificateAsync(GatewayHost gateway)
    {
        X509Certificate2? seen = null;
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            seen = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            return seen is not null;
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };
        using var answer = await client.GetAsync(new Uri(gateway.HttpsUrl, "/v1/models"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(HttpVersion.Version20, answer.Version);
        return seen!;
    }

    [Fact]
    public async Task Https_shows_the_svid_and_after_a_renewal_the_new_one()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var before = await CertificateAsync(gateway);
        var identity = (WorkloadIdentity)gateway.Services.GetService(typeof(IWorkloadIdentity))!;
        Assert.Equal(identity.Current.Certificate.Thumbprint, before.Thumbprint);
        _domain.Rotate(identity);
        using var after = await CertificateAsync(gateway);
        Assert.NotEqual(before.Thumbprint, after.Thumbprint);
        Assert.Equal(identity.Current.Certificate.Thumbprint, after.Thumbprint);
    }

    [Fact]
    public async Task A_stream_over_https_and_http2_is_the_same_stream()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var begun = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await begun.Task;
            await StubModelServer.DieAsync(context);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var handler = new SocketsHttpHandler();
        var identity = (IWorkloadIdentity)gateway.Services.GetService(typeof(IWorkloadIdentity))!;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate?.GetCertHashString() == identity.Current.Certificate.Thumbprint;
        using var client = new HttpClient(handler) { BaseAddress = gateway.HttpsUrl };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = GatewayHost.Json(GatewayHost.Chat(stream: true)),
        };
        request.Headers.Add("Authorization", "Bearer " + gateway.Key);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        begun.SetResult();
        var text = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(StubModelServer.Event("a") + "data: {\"error\":", text, StringComparison.Ordinal);
        Assert.Contains("backend_lost", text);
    }

    [Fact]
    public async Task Https_shows_the_configured_certificate_and_a_broken_one_stops_the_start()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=chat.example", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1));
        var (certificate, keyFile) = (Path.Combine(_folder.FullName, "tls.crt"), Path.Combine(_folder.FullName, "tls.key"));
        File.WriteAllText(certificate, own.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        await using (var gateway = await GatewayHost.StartAsync(_domain, [], ("Listen:CertificateFile", certificate), ("Listen:KeyFile", keyFile)))
        {
            using var seen = await CertificateAsync(gateway);
            Assert.Equal(own.Thumbprint, seen.Thumbprint);
        }

        Assert.Contains("belong together", await RefusalAsync("dev", ("Listen:CertificateFile", certificate)));
        File.WriteAllText(keyFile, "nothing");
        Assert.Contains("Listen:CertificateFile", await RefusalAsync("dev", ("Listen:CertificateFile", certificate), ("Listen:KeyFile", keyFile)));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039, CA5397 // What must be refused.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039, CA5397
    public async Task Https_speaks_TLS_1_2_or_1_3_and_nothing_older(SslProtocols protocol, bool isSpoken)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var tcp = new TcpClient(gateway.HttpsUrl.Host, gateway.HttpsUrl.Port);
        await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        var refusal = await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocol }));
        Assert.Equal(isSpoken, refusal is null);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var refusal = await RefusalAsync("dev", ("Listen:HttpPort", port));
        Assert.Contains($"port {port} on 127.0.0.1 is taken", refusal);
        Assert.Contains("Listen__HttpPort", refusal);
        Assert.Contains("Listen__HttpsPort", await RefusalAsync("dev", ("Listen:HttpsPort", port)));
    }

    [Fact]
    public async Task Plain_http_is_refused_off_loopback_and_outside_development()
    {
        Assert.Contains("Listen:Address", await RefusalAsync("dev", ("Listen:Address", "0.0.0.0")));
        Assert.Contains("Listen:", await RefusalAsync("prod", ("ApiKeys:DevelopmentKeyFile", ""), ("ChatPage:LoginTokenFile", "")));
    }

    [Fact]
    public async Task On_a_fixed_port_both_loopback_addresses_answer()
    {
        var port = FreePort.Next();
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Listen:HttpPort", port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        using var four = await gateway.Anonymous.GetAsync($"http://127.0.0.1:{port}/v1/models");
        Assert.Equal(HttpStatusCode.Unauthorized, four.StatusCode);
        if (!Socket.OSSupportsIPv6)
            Assert.Skip("This machine has no IPv6.");
        using var six = await gateway.Anonymous.GetAsync($"http://[::1]:{port}/v1/models");
        Assert.Equal(HttpStatusCode.Unauthorized, six.StatusCode);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/healthz")]
    [InlineData("/metrics")]
    public async Task Management_is_not_at_the_edge_and_the_edge_is_not_at_management(string path)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var edge = await gateway.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, edge.StatusCode);
        using var client = new HttpClient();
        using var management = await client.GetAsync(new Uri(gateway.ManagementUrl, "/v1/models"));
        Assert.Equal(HttpStatusCode.NotFound, management.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    public async Task An_unknown_address_is_refused_in_openai_shape(string method, string path, HttpStatusCode status)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var answer = await gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await GatewayHost.ErrorOf(answer, status);
    }
}
