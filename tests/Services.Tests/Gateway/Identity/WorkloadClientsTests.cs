using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Identity.WorkloadClients;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

public sealed class WorkloadClientsTests : IDisposable
{
    private const string Batch = "spiffe://corp.example/ns/jobs/sa/batch";

    private static readonly TestTrustDomain _domain = new();
    private static readonly TestTrustDomain _corp = new("corp.example");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-workloads-");

    private string BundleFile => Path.Combine(_folder.FullName, "corp.pem");

    private (string, string)[] Settings =>
    [
        ("WorkloadClients:TrustDomains:0:Name", "corp.example"),
        ("WorkloadClients:TrustDomains:0:BundleFile", BundleFile),
        ("WorkloadClients:Clients:0:Id", Batch),
        ("WorkloadClients:Clients:0:Tenant", "jobs"),
        ("WorkloadClients:Clients:0:Scopes:0", "chat"),
        ("WorkloadClients:Clients:0:Models:0", "guide"),
    ];

    public WorkloadClientsTests() => Trust(_corp);

    public void Dispose() => _folder.Delete(recursive: true);

    private void Trust(TestTrustDomain domain) => File.WriteAllText(BundleFile, domain.Bundle.Roots[0].ExportCertificatePem());

    private static HttpClient Connect(GatewayHost gateway, Svid? svid)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = svid?.ServerContext,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        };
        return new HttpClient(handler) { BaseAddress = gateway.HttpsUrl, DefaultRequestVersion = HttpVersion.Version20 };
    }

    private static Task<HttpResponseMessage> ChatAsync(HttpClient client) => client.PostAsync("/v1/chat/completions", GatewayHost.Json(GatewayHost.Chat()));

    [Fact]
    public async Task A_workload_is_the_client_that_its_spiffe_id_is_mapped_to()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], Settings);
        for (var connection = 0; connection < 2; connection++)
        {
            // The second one too: a resumed session would bring the leaf without what issued it.
            using var client = Connect(gateway, _corp.Issue(SpiffeId.Parse(Batch)));
            using var answer = await ChatAsync(client);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            using var models = await client.GetAsync("/v1/models");
            Assert.Equal("insufficient_scope", (await GatewayHost.ErrorOf(models, HttpStatusCode.Forbidden)).Code);
        }

        var grant = server.Requests.First().Grant.Grant;
        Assert.Equal(("jobs", Batch), (grant?.Tenant, grant?.KeyId));
    }

    [Fact]
    public async Task Who_has_no_certificate_shows_a_key_and_a_wrong_key_is_not_made_up_for()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], Settings);
        using var plain = Connect(gateway, svid: null);
        using var missing = await ChatAsync(plain);
        Assert.Equal("invalid_api_key", (await GatewayHost.ErrorOf(missing, HttpStatusCode.Unauthorized)).Code);
        plain.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Key);
        using var answer = await ChatAsync(plain);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        using var both = Connect(gateway, _corp.Issue(SpiffeId.Parse(Batch)));
        both.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey.Create());
        using var wrong = await ChatAsync(both);
        Assert.Equal("invalid_api_key", (await GatewayHost.ErrorOf(wrong, HttpStatusCode.Unauthorized)).Code);
    }

    [Fact]
    public async Task A_workload_that_is_not_mapped_may_do_nothing()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], Settings);
        using var client = Connect(gateway, _corp.Issue(SpiffeId.Parse(Batch + "-2")));
        using var answer = await ChatAsync(client);
        Assert.Equal("caller_not_allowed", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Forbidden)).Code);
    }

    [Fact]
    public async Task A_certificate_that_does_not_prove_itself_ends_the_handshake()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], Settings);
        var id = SpiffeId.Parse(Batch);
        var now = DateTimeOffset.UtcNow;
        Svid[] wrong =
        [
            new TestTrustDomain("corp.example").Issue(id), // another root under the same name
            _domain.Issue(SpiffeId.Parse("spiffe://zakenak.local/ns/dev/sa/model-server")), // a domain that is not configured
            _corp.Issue(id, now.AddHours(-2), now.AddMinutes(-1)),
            _corp.Issue(id, now.AddHours(1), now.AddHours(2)),
            _corp.Issue(id, uris: [Batch, Batch + "-2"]),
            _corp.Issue(id, uris: []),
            _corp.Issue(id, ca: true),
            _corp.Issue(SpiffeId.Parse("spiffe://elsewhere.example/ns/jobs/sa/batch")), // a root that speaks for another domain
        ];
        foreach (var svid in wrong)
        {
            using var client = Connect(gateway, svid);
            await Assert.ThrowsAsync<HttpRequestException>(() => ChatAsync(client));
        }

        await gateway.Logs.WaitForAsync("Refused the client certificate", wrong.Length);
    }

    [Fact]
    public async Task A_connection_outlives_neither_its_certificate_nor_the_trust_in_its_root()
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], clock, Settings);
        using var client = Connect(gateway, _corp.Issue(SpiffeId.Parse(Batch)));
        using var first = await ChatAsync(client);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        Trust(new TestTrustDomain("corp.example"));
        await gateway.Logs.WaitForAsync("Loaded the roots of 1 trust domains", times: 2);
        using var distrusted = await ChatAsync(client);
        Assert.Equal("caller_not_allowed", (await GatewayHost.ErrorOf(distrusted, HttpStatusCode.Forbidden)).Code);

        Trust(_corp);
        await gateway.Logs.WaitForAsync("Loaded the roots of 1 trust domains", times: 3);
        using var again = await ChatAsync(client);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        clock.Advance(TimeSpan.FromHours(2));
        using var expired = await ChatAsync(client);
        Assert.Equal("certificate_expired", (await GatewayHost.ErrorOf(expired, HttpStatusCode.Unauthorized)).Code);
    }

    [Fact]
    public async Task The_suites_own_trust_domain_needs_no_file()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server],
            ("WorkloadClients:TrustDomains:0:Name", "zakenak.local"),
            ("WorkloadClients:Clients:0:Id", "spiffe://zakenak.local/ns/dev/sa/executor"),
            ("WorkloadClients:Clients:0:Tenant", "tools"),
            ("WorkloadClients:Clients:0:Scopes:0", "chat"),
            ("WorkloadClients:Clients:0:Models:0", "*"));
        using var client = Connect(gateway, _domain.CreateIdentity("executor").Current);
        using var answer = await ChatAsync(client);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var stranger = Connect(gateway, _domain.CreateIdentity(ServiceNames.ModelServer).Current);
        using var refused = await ChatAsync(stranger);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Without_trust_domains_nobody_is_asked_for_a_certificate()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        Assert.False(gateway.Services.GetRequiredService<ClientBundles>().Any);
        using var client = Connect(gateway, _corp.Issue(SpiffeId.Parse(Batch)));
        using var answer = await ChatAsync(client);
        Assert.Equal("invalid_api_key", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Unauthorized)).Code);
    }

    [Theory]
    [InlineData("WorkloadClients:TrustDomains:0:Name", "Corp Example")]
    [InlineData("WorkloadClients:TrustDomains:0:BundleFile", "/nowhere/at/all.pem")]
    [InlineData("WorkloadClients:TrustDomains:0:BundleFile", "")]
    [InlineData("WorkloadClients:Clients:0:Id", "https://corp.example/batch")]
    [InlineData("WorkloadClients:Clients:0:Id", "spiffe://corp.example")]
    [InlineData("WorkloadClients:Clients:0:Id", "spiffe://elsewhere.example/batch")]
    [InlineData("WorkloadClients:Clients:0:Tenant", "")]
    [InlineData("WorkloadClients:Clients:0:Scopes", "all", 0)]
    [InlineData("WorkloadClients:Clients:0:Models", "", 0)]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string value, int? item = null)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var app = GatewayHost.Create(
                _domain.CreateIdentity(ServiceNames.Gateway), _folder.FullName, new RecordedLog(), [.. Settings, (item is null ? key : $"{key}:{item}", value)]);
            await app.StartAsync();
        });
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }
}
