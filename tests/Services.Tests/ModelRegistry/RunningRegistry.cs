using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ModelRegistry;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>The registry on real Kestrel with mutual TLS, in a folder that outlives it.</summary>
internal sealed class RunningRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<HttpClient> _clients = [];

    private RunningRegistry(WebApplication app, TestTrustDomain domain, RecordedLog logs)
    {
        (_app, Domain, Logs) = (app, domain, logs);
        Operator = ClientOf(ServiceNames.Operator);
    }

    public TestTrustDomain Domain { get; }

    public RecordedLog Logs { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Whom the policy lets write.</summary>
    public HttpClient Operator { get; }

    public static async Task<RunningRegistry> StartAsync(
        RegistryHome home, Dictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null, TestTrustDomain? domain = null)
    {
        domain ??= new TestTrustDomain();
        var logs = new RecordedLog();
        var app = Program.Create([], builder =>
        {
            TestTrustDomain.Use(builder, domain.CreateIdentity(ServiceNames.ModelRegistry));
            builder.Configuration.AddInMemoryCollection(home.Settings).AddInMemoryCollection(settings ?? []);
            builder.Logging.ClearProviders().AddProvider(logs);
            configure?.Invoke(builder);
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

        return new RunningRegistry(app, domain, logs);
    }

    public HttpClient ClientOf(string service)
    {
        var client = new HttpClient(WorkloadHttpHandler.Create(Domain.CreateIdentity(service), ServiceNames.ModelRegistry))
        {
            BaseAddress = Services.GetRequiredService<Listeners>().TrafficUrl,
        };
        _clients.Add(client);
        return client;
    }

    public async Task<(int Status, string Reason)> GetHealthAsync(string check)
    {
        using var client = new HttpClient { BaseAddress = Services.GetRequiredService<Listeners>().ManagementUrl };
        using var answer = await client.GetAsync("/healthz");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, body.RootElement.GetProperty("checks").GetProperty(check).GetProperty("reason").GetString() ?? "");
    }

    public async Task<string> GetMetricsAsync()
    {
        using var client = new HttpClient { BaseAddress = Services.GetRequiredService<Listeners>().ManagementUrl };
        return await client.GetStringAsync("/metrics");
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(c => c.Dispose());
        await _app.DisposeAsync();
        Logs.Dispose();
    }
}
