using System.Net.Http.Headers;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The whole suite, started once for the tests that need one, in a state folder of its own.</summary>
public sealed class SuiteFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    private DistributedApplication? _app;

    public string StateFolder { get; } = Directory.CreateTempSubdirectory("zakenak-suite-").FullName;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The suite is not running.");

    public string DevelopmentKey => File.ReadAllText(Path.Combine(StateFolder, "dev-api-key")).Trim();

    public Uri Edge => App.GetEndpoint("gateway", "http");

    public async ValueTask InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--state-dir", StateFolder, "--http-port", $"{FreePort.Next()}", "--https-port", $"{FreePort.Next()}"]);
        _app = await builder.BuildAsync();
        using var timeout = new CancellationTokenSource(StartTimeout);
        await _app.StartAsync(timeout.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("model-server", timeout.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("gateway", timeout.Token);
        await WaitForModelAsync(timeout.Token);
    }

    /// <summary>A client of the gateway's plain port with the development key.</summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient { BaseAddress = Edge };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DevelopmentKey);
        return client;
    }

    /// <summary>Waits until the gateway knows a model that is ready.</summary>
    public async Task WaitForModelAsync(CancellationToken cancellationToken)
    {
        using var client = CreateClient();
        while (!(await client.GetStringAsync("/v1/models", cancellationToken)).Contains("guide:v1", StringComparison.Ordinal))
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(StateFolder, recursive: true);
    }
}
