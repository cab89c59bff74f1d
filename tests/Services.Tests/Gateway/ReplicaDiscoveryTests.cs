using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Model servers behind a headless Service: one name, an address for each replica, all on one port.</summary>
public sealed class ReplicaDiscoveryTests
{
    private const string Name = "model-server.serving.svc.cluster.local.";

    private static readonly TestTrustDomain _domain = new();

    private readonly HeadlessService _service = new();

    [Fact]
    public async Task Several_gateways_reach_every_replica_of_a_name_and_those_that_come_and_go()
    {
        await using var first = await StubModelServer.StartAsync(_domain);
        await using var second = await StubModelServer.StartAsync(_domain, first.Url.Port, "127.0.0.2");
        await using var third = await StubModelServer.StartAsync(_domain, first.Url.Port, "127.0.0.3");
        _service.Addresses = ["127.0.0.1", "127.0.0.2"];
        await using var one = await StartAsync(first.Url.Port);
        await using var other = await StartAsync(first.Url.Port);
        foreach (var gateway in (GatewayHost[])[one, other])
            await ServedByAsync(gateway, first, second);

        _service.Addresses = ["127.0.0.2", "127.0.0.3"];
        foreach (var gateway in (GatewayHost[])[one, other])
        {
            await GatewayHost.Until(() => Origins(gateway).SetEquals([second.Url.Authority, third.Url.Authority]));
            first.Requests.Clear();
            await ServedByAsync(gateway, second, third);
            Assert.Empty(first.Requests);
        }
    }

    [Fact]
    public async Task An_answer_that_is_under_way_at_a_replica_that_leaves_comes_to_its_end()
    {
        await using var leaving = await StubModelServer.StartAsync(_domain);
        await using var staying = await StubModelServer.StartAsync(_domain, leaving.Url.Port, "127.0.0.2");
        var gone = new TaskCompletionSource();
        leaving.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("one"));
            await gone.Task;
            await StubModelServer.SendAsync(context, StubModelServer.Event("two") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        _service.Addresses = ["127.0.0.1"];
        await using var gateway = await StartAsync(leaving.Url.Port);
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        _service.Addresses = ["127.0.0.2"];
        await GatewayHost.Until(() => Origins(gateway).SetEquals([staying.Url.Authority]));
        gone.SetResult();
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("two", text);
        Assert.EndsWith(StubModelServer.Done, text);
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_loses_no_replica_that_answers()
    {
        await using var living = await StubModelServer.StartAsync(_domain);
        var dying = await StubModelServer.StartAsync(_domain, living.Url.Port, "127.0.0.2");
        _service.Addresses = ["127.0.0.1", "127.0.0.2"];
        await using var gateway = await StartAsync(living.Url.Port);
        await ServedByAsync(gateway, living, dying);

        _service.Fault = SocketError.TryAgain;
        await gateway.Logs.WaitForAsync("Failed to look up dns:" + Name);
        Assert.Equal(2, Origins(gateway).Count);

        // No endpoint is ready, says the cluster; one of them is.
        await dying.DisposeAsync();
        _service.Fault = SocketError.HostNotFound;
        await GatewayHost.Until(() => Origins(gateway).SetEquals([living.Url.Authority]));
        await ServedByAsync(gateway, living);
    }

    [Fact]
    public async Task An_address_where_another_service_or_nobody_answers_gets_no_request()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var impostor = await StubModelServer.StartAsync(_domain, server.Url.Port, "127.0.0.2", ServiceNames.FeatureProxy);
        _service.Addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
        await using var gateway = await StartAsync(server.Url.Port);
        for (var i = 0; i < 4; i++)
            await ServedByAsync(gateway, server);
        Assert.Empty(impostor.Requests);
        Assert.Contains("127.0.0.2", await gateway.Logs.WaitForAsync($"is not {_domain.CreateIdentity(ServiceNames.ModelServer).Id}"));
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_yet_is_looked_up_until_it_does()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        _service.Fault = SocketError.HostNotFound;
        await using var gateway = await StartAsync(server.Url.Port);
        _service.Fault = null;
        _service.Addresses = ["127.0.0.1"];
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelCatalogue>().Models.Count > 0);
        await ServedByAsync(gateway, server);
    }

    [Fact]
    public async Task A_name_can_have_a_cost_which_each_of_its_replicas_has()
    {
        await using var dear = await StubModelServer.StartAsync(_domain);
        await using var cheap = await StubModelServer.StartAsync(_domain);
        _service.Addresses = ["127.0.0.1"];
        string[] names = [$"dns:{Name}:{dear.Url.Port}", $"dns:{Name}:{cheap.Url.Port}"];
        await using var gateway = await GatewayHost.StartAsync(
            _domain, [], b => b.Services.AddSingleton<ResolveName>(_service.ResolveAsync),
            ("ModelServers:Urls:0", names[0]), ("ModelServers:Urls:1", names[1]), ("Routing:Policy", "CostAware"),
            ("Routing:Costs:0:Url", names[0]), ("Routing:Costs:0:Cost", "2"), ("Routing:Costs:1:Url", names[1]), ("Routing:Costs:1:Cost", "1"));
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelServers>().All(s => s.Models is { Count: > 0 }));
        for (var i = 0; i < 8; i++)
            await ServedByAsync(gateway, cheap);
        Assert.Empty(dear.Requests);
    }

    [Fact]
    public async Task A_real_name_is_looked_up()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("ModelServers:Urls:0", $"dns:localhost:{server.Url.Port}"));
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelCatalogue>().Models.Count > 0);
        await ServedByAsync(gateway, server);
    }

    [Theory]
    [InlineData("dns:name")]
    [InlineData("dns:name:0")]
    [InlineData("dns:name:+1")]
    [InlineData("dns:10.0.0.1:8443")]
    [InlineData("dns://name:8443")]
    [InlineData("dns:name:8443/v1")]
    [InlineData("http://name:8443")]
    public async Task What_is_neither_an_address_nor_a_name_with_a_port_stops_the_start(string url)
    {
        var e = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => GatewayHost.StartAsync(_domain, [], ("ModelServers:Urls:0", url)));
        Assert.Contains("ModelServers:Urls:0", e.Message);
    }

    private Task<GatewayHost> StartAsync(int port) => GatewayHost.StartAsync(
        _domain, [], b => b.Services.AddSingleton<ResolveName>(_service.ResolveAsync),
        ("ModelServers:Urls:0", $"dns:{Name}:{port}"), ("ModelServers:ResolveInterval", "00:00:00.050"));

    private static HashSet<string> Origins(GatewayHost gateway) => [.. gateway.Services.GetRequiredService<ModelServers>().Select(s => s.Address.Authority)];

    /// <summary>Asks until each of these has answered.</summary>
    private static async Task ServedByAsync(GatewayHost gateway, params StubModelServer[] servers)
    {
        foreach (var server in servers)
            server.Requests.Clear();
        for (var i = 0; i < 200 && servers.Any(s => s.Requests.IsEmpty); i++)
        {
            using var answer = await gateway.AskAsync(GatewayHost.Chat($"{i}")); // prompts that begin alike may stay together
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.All(servers, s => Assert.NotEmpty(s.Requests));
    }

    /// <summary>What the cluster's DNS says of one name.</summary>
    private sealed class HeadlessService
    {
        public volatile string[] Addresses = [];

        public SocketError? Fault { get; set; }

        public Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellation)
        {
            Assert.Equal(Name, name);
            return Fault is { } fault ? Task.FromException<IPAddress[]>(new SocketException((int)fault)) : Task.FromResult(Addresses.Select(IPAddress.Parse).ToArray());
        }
    }
}
