using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>A service of nothing but the defaults that really enrolls with an authority.</summary>
public sealed class EnrolledService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EnrolledService(WebApplication app, string tokenFile) => (_app, TokenFile) = (app, tokenFile);

    public string TokenFile { get; }

    public IWorkloadIdentity Identity => _app.Services.GetRequiredService<IWorkloadIdentity>();

    public Uri TrafficUrl => _app.Services.GetRequiredService<Listeners>().TrafficUrl;

    public Uri ManagementUrl => _app.Services.GetRequiredService<Listeners>().ManagementUrl;

    public CancellationToken Stopping => _app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public static async Task<EnrolledService> StartAsync(AuthorityHome home, Uri authority, string service, string? tokenFile = null, Action<WebApplicationBuilder>? configure = null)
    {
        tokenFile ??= home.TokenFile(service);
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults(service);
        builder.AddWorkloadIdentity();
        builder.ListenForWorkloads();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Identity:TrustAnchorsFile"] = home.AnchorsFile,
            ["Identity:CertAuthorityUrl"] = authority.GetLeftPart(UriPartial.Authority),
            ["Identity:TokenFile"] = tokenFile,
        });
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapPost("/echo", async (HttpContext c) =>
        {
            using var reader = new StreamReader(c.Request.Body);
            return await reader.ReadToEndAsync(c.RequestAborted);
        }).RequireCaller(ServiceNames.Gateway);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new EnrolledService(app, tokenFile);
    }

    public Task<Svid> EnrolledAsync() => Identity.WaitForSvidAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public async Task<(int Status, string Identity, string Reason)> GetHealthAsync()
    {
        using var client = new HttpClient { BaseAddress = ManagementUrl };
        using var answer = await client.GetAsync("/healthz");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var check = body.RootElement.GetProperty("checks").GetProperty("identity");
        return ((int)answer.StatusCode, check.GetProperty("status").GetString()!, check.GetProperty("reason").GetString()!);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
