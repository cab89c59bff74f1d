using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>A service made of nothing but the defaults, on real Kestrel: <c>/who</c> for the gateway only, <c>/open</c> for any workload.</summary>
public sealed class EchoService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoService(WebApplication app) => _app = app;

    public Uri TrafficUrl => _app.Services.GetRequiredService<Listeners>().TrafficUrl;

    public Uri ManagementUrl => _app.Services.GetRequiredService<Listeners>().ManagementUrl;

    public IServiceProvider Services => _app.Services;

    public static async Task<EchoService> StartAsync(IWorkloadIdentity identity, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults(identity.Id.Service!);
        builder.AddWorkloadIdentity();
        builder.ListenForWorkloads();
        TestTrustDomain.Use(builder, identity);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/who", (HttpContext c) => c.GetCaller()!.ToString()).RequireCaller(ServiceNames.Gateway);
        app.MapPost("/who", (HttpContext c) => c.GetCaller()!.ToString()).RequireCaller(ServiceNames.Gateway);
        app.MapGet("/open", () => "open");
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new EchoService(app);
    }

    /// <summary>A client that proves to be <paramref name="identity"/> and expects this service.</summary>
    public HttpClient CreateClient(IWorkloadIdentity identity, string expected = ServiceNames.ModelServer) =>
        new(WorkloadHttpHandler.Create(identity, expected)) { BaseAddress = TrafficUrl };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
