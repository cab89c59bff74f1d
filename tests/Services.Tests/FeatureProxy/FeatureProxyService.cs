using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.FeatureProxy;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.FeatureProxy;

/// <summary>The feature proxy on real Kestrel with mutual TLS, and a model server and a gateway to call it with.</summary>
internal sealed class FeatureProxyService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrantIssuer _issuer;

    private FeatureProxyService(WebApplication app, TestTrustDomain domain, RecordedLog logs)
    {
        (_app, Domain, Logs) = (app, domain, logs);
        Gateway = domain.CreateIdentity(ServiceNames.Gateway);
        _issuer = new GrantIssuer(Gateway);
        ModelServer = CreateClient(domain.CreateIdentity(ServiceNames.ModelServer));
    }

    public TestTrustDomain Domain { get; }

    public WorkloadIdentity Gateway { get; }

    /// <summary>The caller that is allowed.</summary>
    public HttpClient ModelServer { get; }

    public RecordedLog Logs { get; }

    public IServiceProvider Services => _app.Services;

    public Uri ManagementUrl => _app.Services.GetRequiredService<Listeners>().ManagementUrl;

    public static string DevelopmentSeed => Path.Combine(AppContext.BaseDirectory, "seed", "dev-features.json");

    public static async Task<FeatureProxyService> StartAsync(string? seedFile = null, int reloadIntervalMs = 2000)
    {
        var domain = new TestTrustDomain();
        var logs = new RecordedLog();
        var app = Program.Create([], builder =>
        {
            TestTrustDomain.Use(builder, domain.CreateIdentity(ServiceNames.FeatureProxy));
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Features:SeedFile"] = seedFile ?? DevelopmentSeed,
                ["Features:ReloadIntervalMs"] = reloadIntervalMs.ToString(System.Globalization.CultureInfo.InvariantCulture),
            });
            builder.Logging.ClearProviders().AddProvider(logs);
        });
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new FeatureProxyService(app, domain, logs);
    }

    public HttpClient CreateClient(IWorkloadIdentity identity) =>
        new(WorkloadHttpHandler.Create(identity, ServiceNames.FeatureProxy)) { BaseAddress = _app.Services.GetRequiredService<Listeners>().TrafficUrl };

    /// <summary>A grant of tenant dev for all of its customers, or as changed.</summary>
    public string Mint(params FeatureGrant[] features) => Mint("dev", features.Length > 0 ? features : [new FeatureGrant("customer", ["*"])]);

    public string Mint(string tenant, FeatureGrant[] features, string audience = ServiceNames.FeatureProxy) => _issuer.Mint(new Grant
    {
        Issuer = Gateway.Id.ToString(),
        Audience = [ServiceNames.ModelServer, audience],
        Tenant = tenant,
        RequestId = "req_of_the_gateway",
        IssuedAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        ExpiresAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60,
        KeyId = "key-1",
        Model = "guide:v1",
        Features = features,
    }).Jws;

    public Task<(int Status, JsonNode Body)> AskAsync(string? grant, string entity, params string[] refs) =>
        SendAsync(ModelServer, grant, JsonSerializer.Serialize(new FeatureRequest(new Dictionary<string, string> { ["customer"] = entity }, refs)));

    public static async Task<(int Status, JsonNode Body)> SendAsync(HttpClient client, string? grant, string body, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/features");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType.Length > 0)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (grant is not null)
        {
            request.Headers.TryAddWithoutValidation(HeaderNames.Grant, grant);
        }

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(answer.IsSuccessStatusCode ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return ((int)answer.StatusCode, JsonNode.Parse(text)!);
    }

    public async ValueTask DisposeAsync()
    {
        ModelServer.Dispose();
        await _app.DisposeAsync();
        Logs.Dispose();
    }
}
