using Zakenak.Contracts;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelTrust;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.CertAuthority;
using Zakenak.Services.Tests.FeatureProxy;
using Zakenak.Services.Tests.Gateway;
using Zakenak.Services.Tests.Gateway.Identity;
using Zakenak.Services.Tests.ModelRegistry;
using Zakenak.Services.Tests.ModelServer;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Metrics;

/// <summary>Every service, running, shows what docs/metrics.md says, and nothing else.</summary>
public class MetricsDocumentTests
{
    private static readonly double[] s_duration = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    private static readonly double[] s_timeToFirstToken = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] s_timePerOutputToken = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
    private static readonly double[] s_tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    [Fact]
    public async Task The_gateway_shows_what_is_documented()
    {
        var domain = new TestTrustDomain();
        await using var server = await StubModelServer.StartAsync(domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("ann@example.org") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        using var issuer = new TestIssuer();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["jwks.json"], issuer.Jwks());
        await using var gateway = await GatewayHost.StartAsync(domain, [server], [.. TestIssuer.Settings(folder["jwks.json"]), ("Screening:Redaction:Answers:0", "email")]);
        await gateway.Logs.WaitForAsync("Read 2 keys");
        (await gateway.Anonymous.GetAsync("/v1/models")).Dispose();
        using (var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true)))
        {
            await answer.Content.ReadAsStringAsync();
        }

        (await gateway.AskAsync(GatewayHost.Chat(model: "none-such"))).Dispose();
        (await gateway.AskAsync("{}")).Dispose();
        server.Answer = StubModelServer.DieAsync;
        (await gateway.AskAsync(GatewayHost.Chat())).Dispose();
        await GatewayHost.Until(() => gateway.Logs.Lines.Count(l => l.Contains("Answered request", StringComparison.Ordinal)) == 5);

        var scrape = new Scrape(gateway.Services);
        await scrape.AddAsync();
        await scrape.MatchesAsync(ServiceNames.Gateway);
        scrape.HasBoundaries("gen_ai_server_request_duration_seconds", s_duration);
        scrape.HasBoundaries("gen_ai_server_time_to_first_token_seconds", s_timeToFirstToken);
        scrape.HasBoundaries("gen_ai_client_token_usage", s_tokens);
    }

    [Fact]
    public async Task The_model_server_shows_what_is_documented_and_whether_its_model_may_be_served()
    {
        var verified = new TaskCompletionSource();
        await using var server = await TestModelServer.StartUnreadyAsync(new FakeSource(new FakeBackend(), verified.Task));
        var scrape = new Scrape(server.Services);
        await scrape.AddAsync();
        Assert.Contains("zakenak_model_verified{gen_ai_request_model=\"guide:v1\"} 0\n", scrape.Text, StringComparison.Ordinal);
        Assert.Contains("zakenak_model_refused{code=\"model_loading\",gen_ai_request_model=\"guide:v1\"} 1\n", scrape.Text, StringComparison.Ordinal);

        verified.SetResult();
        await server.UntilAsync(async () => (await server.HealthAsync()).Healthy);
        await server.AskAsync(TestModelServer.Body("hello"));
        (await server.SendAsync(TestModelServer.Body("hello", ("temperature", "hot")))).Dispose();
        await server.UntilAsync(() => server.Logs.Lines.Count(line => line.Contains("Completed", StringComparison.Ordinal)) == 2);

        await scrape.AddAsync();
        Assert.Contains("zakenak_model_verified{gen_ai_request_model=\"guide:v1\"} 1\n", scrape.Text, StringComparison.Ordinal);
        Assert.Contains("zakenak_model_revoked{gen_ai_request_model=\"guide:v1\"} 0\n", scrape.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("code=\"model_loading\",gen_ai_request_model=\"guide:v1\"} 1\n", scrape.Text, StringComparison.Ordinal);
        await scrape.MatchesAsync(ServiceNames.ModelServer);
        scrape.HasBoundaries("gen_ai_server_request_duration_seconds", s_duration);
        scrape.HasBoundaries("gen_ai_server_time_to_first_token_seconds", s_timeToFirstToken);
        scrape.HasBoundaries("gen_ai_server_time_per_output_token_seconds", s_timePerOutputToken);
    }

    [Fact]
    public async Task A_revoked_model_shows_as_one()
    {
        await using var server = await TestModelServer.StartUnreadyAsync(new RevokedSource());
        await server.UntilAsync(async () => (await server.HealthAsync()).Body.Contains("revoked", StringComparison.Ordinal));

        var text = await server.Management.GetStringAsync("/metrics");
        Assert.Contains("zakenak_model_revoked{gen_ai_request_model=\"guide:v1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("zakenak_model_verified{gen_ai_request_model=\"guide:v1\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_registry_shows_what_is_documented()
    {
        using var home = new RegistryHome();
        await using var registry = await RunningRegistry.StartAsync(home);
        var model = new PushedModel(home);
        await registry.Operator.PushAsync(model);
        await registry.Operator.PostAsync(model.Address + "/stage", "{}"u8.ToArray());

        var scrape = new Scrape(registry.Services);
        await scrape.AddAsync();
        await scrape.MatchesAsync(ServiceNames.ModelRegistry);
    }

    [Fact]
    public async Task The_feature_proxy_shows_what_is_documented()
    {
        await using var proxy = await FeatureProxyService.StartAsync();
        await proxy.AskAsync(proxy.Mint(), "42", "customer:tier");

        var scrape = new Scrape(proxy.Services);
        await scrape.AddAsync();
        await scrape.MatchesAsync(ServiceNames.FeatureProxy);
    }

    [Fact]
    public async Task The_certificate_authority_shows_what_is_documented()
    {
        using var home = new AuthorityHome();
        await using var authority = await RunningAuthority.StartAsync(home);
        Assert.Equal(200, (await authority.PostAsync(home.Token(), RunningAuthority.Csr())).Status);
        Assert.Equal("token_expired", (await authority.PostAsync(home.Token(life: TimeSpan.FromMinutes(-1)), RunningAuthority.Csr())).Code);

        var scrape = new Scrape(authority.Services);
        await scrape.AddAsync();
        Assert.Contains("zakenak_enrollment_failures_total{code=\"token_expired\"} 1\n", scrape.Text, StringComparison.Ordinal);
        Assert.Contains("zakenak_svids_issued_total{proof=\"token\"} 1\n", scrape.Text, StringComparison.Ordinal);
        await scrape.MatchesAsync(ServiceNames.CertAuthority);
    }

    private sealed class RevokedSource : IModelSource
    {
        public Task<OpeningResult> OpenAsync(Action<Refusal> waiting, CancellationToken cancellationToken) =>
            Task.FromResult(OpeningResult.Refused(new Refusal(RefusalCodes.Revoked, "It was revoked.")));
    }
}
