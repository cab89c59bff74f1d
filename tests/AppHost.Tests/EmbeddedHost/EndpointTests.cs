using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using global::EmbeddedHost.Orchestration;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class EndpointTests
{
    [Fact]
    public async Task A_taken_port_stops_the_start_and_is_named_with_its_owner_and_the_option_that_moves_it()
    {
        using var owner = Listen(out var port);
        await using var builder = RunningHost.Builder();
        builder.AddShell("web", Shell.Forever).WithHttpEndpoint(port: port, isProxied: false);

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => RunningHost.StartAsync(builder));
        Assert.StartsWith($"Port {port} (endpoint 'http' of 'web') is already taken by process {Environment.ProcessId} (", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("--Ports:web:http=PORT", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_while_a_resource_is_down_is_waited_for()
    {
        await using var builder = RunningHost.Builder();
        builder.AddShell("web", Shell.Forever).WithHttpEndpoint(env: "PORT");
        await using var host = await RunningHost.StartAsync(builder);
        await host.HealthyAsync("web");

        var replica = host.Runner("web").Replicas[0];
        replica.Stop();
        await host.UntilAsync("web", _ => replica.Status.State == ReplicaState.Stopped);
        using (var thief = new TcpListener(IPAddress.Loopback, host.App.GetEndpoint("web").Port))
        {
            thief.Start();
            replica.Start();
            await host.UntilAsync("web", _ => replica.Status.Reason?.Contains("is already taken by", StringComparison.Ordinal) ?? false);
        }

        await host.HealthyAsync("web");
    }

    [Fact]
    public async Task Tests_get_free_ports_instead_of_fixed_ones_unless_an_option_says_otherwise()
    {
        var free = new FreePorts(Random.Shared).Next();
        await using var builder = RunningHost.Builder($"--Ports:moved:http={free}");
        builder.AddShell("web", Shell.Forever).WithHttpEndpoint(port: 8080);
        builder.AddShell("moved", Shell.Forever).WithHttpEndpoint(port: 8081);
        await using var host = await RunningHost.StartAsync(builder);

        Assert.NotEqual(8080, host.App.GetEndpoint("web").Port);
        Assert.Equal(free, host.App.GetEndpoint("moved").Port);
    }

    [Fact]
    public async Task Replicas_share_one_endpoint_that_skips_the_dead()
    {
        await using var builder = RunningHost.Builder("--EmbeddedHost:FirstRestartDelay=00:00:30", "--EmbeddedHost:LongestRestartDelay=00:00:30");
        var web = builder.AddWeb("web").WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/");
        web.WithAnnotation(new ReplicaAnnotation(2));
        await using var host = await RunningHost.StartAsync(builder);
        await host.HealthyAsync("web");

        using var client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = host.App.GetEndpoint("web") };
        var answers = new HashSet<string>();
        for (var i = 0; i < 6; i++)
            answers.Add(await client.GetStringAsync("/"));
        Assert.Equal(host.Runner("web").Replicas.Select(replica => $"{replica.Status.ProcessId}").Order(), answers.Order());

        var dead = host.Runner("web").Replicas[0];
        await Signals.SendAsync("KILL", dead.Status.ProcessId!.Value);
        await host.UntilAsync("web", _ => dead.Status.State == ReplicaState.Backoff);
        for (var i = 0; i < 6; i++)
            Assert.Equal($"{host.Runner("web").Replicas[1].Status.ProcessId}", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Links_can_be_renamed_extended_and_added()
    {
        await using var builder = RunningHost.Builder();
        builder.AddShell("web", Shell.Forever)
            .WithHttpEndpoint(env: "PORT")
            .WithUrlForEndpoint("http", url =>
            {
                url.Url = "/chat?x=1";
                url.DisplayText = "Chat";
            })
            .WithUrl("https://example.com", "Docs");
        await using var host = await RunningHost.StartAsync(builder);

        Assert.Equal(
            [($"http://localhost:{host.App.GetEndpoint("web").Port}/chat?x=1", "Chat"), ("https://example.com", "Docs")],
            host.Runner("web").Urls.Select(url => (url.Url, url.DisplayText!)));
    }

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }
}
