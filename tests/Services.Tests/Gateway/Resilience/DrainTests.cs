using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class DrainTests
{
    private static readonly TestTrustDomain _domain = new();

    /// <summary>What SIGTERM starts. The signal itself is the framework's.</summary>
    [Fact]
    public async Task Under_load_what_is_in_flight_finishes_and_nothing_is_refused_before_the_drain_starts()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var settings = new[] { ("Limits:RequestsPerMinute", "100000"), ("Limits:TenantRequestsPerMinute", "100000"), ("Resilience:MaxConcurrent", "8") };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], settings);
        var lifetime = gateway.Services.GetRequiredService<IHostApplicationLifetime>();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Random.Shared.Next(1, 60));
            await StubModelServer.SendAsync(context, StubModelServer.Event("b") + StubModelServer.UsageEvent + StubModelServer.Done);
        };

        // More clients than places: some requests are in line when the drain starts.
        var (answered, broken) = (0, 0);
        var clients = Enumerable.Range(0, 24).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                try
                {
                    using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
                    var text = await answer.Content.ReadAsStringAsync();
                    if (answer.StatusCode == HttpStatusCode.OK && text.EndsWith(StubModelServer.Done, StringComparison.Ordinal))
                        Interlocked.Increment(ref answered);
                    else
                        Interlocked.Increment(ref broken);
                }
                catch (HttpRequestException) when (lifetime.ApplicationStopping.IsCancellationRequested)
                {
                    // A connection that was refused, or closed while idle: what came too late for the gateway to see it.
                    return;
                }
            }
        })).ToArray();
        await GatewayHost.Until(() => Volatile.Read(ref answered) > 50);
        await gateway.StopAsync();
        await Task.WhenAll(clients);

        // What it took it answered, to the last word.
        Assert.Equal(0, broken);
        var lines = gateway.Logs.Lines.Where(line => line.Contains("Answered request", StringComparison.Ordinal)).ToArray();
        Assert.All(lines, line => Assert.Contains(" status=200 ", line, StringComparison.Ordinal));
        Assert.Equal(answered, lines.Length);
        Assert.Equal(answered, server.Requests.Count);
        Assert.All(gateway.Services.GetRequiredService<ModelServers>(), s => Assert.Equal(0, s.Running));
    }
}
