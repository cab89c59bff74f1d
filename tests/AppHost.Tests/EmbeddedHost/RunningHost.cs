using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>An application of small shell commands, run inside the test.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    /// <summary>Long enough for a busy machine; no passing test waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private RunningHost(DistributedApplication app) => App = app;

    public DistributedApplication App { get; }

    public static IDistributedApplicationTestingBuilder Builder(params string[] options) =>
        DistributedApplicationTestingBuilder.Create(
            ["--EmbeddedHost:FirstRestartDelay=00:00:00.05", "--EmbeddedHost:LongestRestartDelay=00:00:00.4", "--EmbeddedHost:StopGracePeriod=00:00:03",
                "--EmbeddedHost:HealthCheckTimeout=00:01:00", .. options]);

    public static async Task<RunningHost> StartAsync(IDistributedApplicationTestingBuilder builder)
    {
        var app = await builder.BuildAsync();
        await app.StartAsync();
        return new(app);
    }

    public async Task<ResourceEvent> HealthyAsync(string name)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await App.ResourceNotifications.WaitForResourceHealthyAsync(name, limit.Token);
    }

    public async Task<ResourceEvent> UntilAsync(string name, Func<ResourceEvent, bool> predicate)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await App.ResourceNotifications.WaitForResourceAsync(name, predicate, limit.Token);
    }

    /// <summary>The first log line that contains the text, waiting for it.</summary>
    public async Task<string> LineAsync(string name, string text, string? after = null)
    {
        var search = SearchAsync();
        return await search.WaitAsync(Patience);

        async Task<string> SearchAsync()
        {
            await foreach (var lines in App.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(name))
            {
                if (lines.Select(line => line.Content).FirstOrDefault(line => line != after && line.Contains(text, StringComparison.Ordinal)) is { } found)
                    return found;
            }

            throw new InvalidOperationException("The log ended.");
        }
    }

    public async Task<string[]> LinesAsync(string name)
    {
        var all = new List<string>();
        await foreach (var lines in App.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(name))
            all.AddRange(lines.Select(line => line.Content));
        return [.. all];
    }

    internal global::EmbeddedHost.Orchestration.ReplicaStatus Status(string name) => Runner(name).Replicas[0].Status;

    internal global::EmbeddedHost.Orchestration.ResourceRunner Runner(string name) =>
        App.Services.GetRequiredService<global::EmbeddedHost.Orchestration.Orchestrator>().Find(name)!;

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
