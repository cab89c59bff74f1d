using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class RoutingTests
{
    private static readonly TestTrustDomain _domain = new();

    private static Dictionary<string, string> Serving(params string[] ids) => ids.ToDictionary(i => i, _ => StubModelServer.Digest);

    /// <summary>A port of loopback where nobody listens.</summary>
    private static string Nowhere() => $"https://127.0.0.1:{FreePort.Next()}";

    private static async Task<HttpStatusCode> StatusAsync(GatewayHost gateway, string model = "guide")
    {
        using var answer = await gateway.AskAsync(GatewayHost.Chat(model: model));
        return answer.StatusCode;
    }

    [Fact]
    public async Task The_list_of_models_is_what_the_model_servers_verified()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1/models"));
        Assert.Equal("list", list.RootElement.GetProperty("object").GetString());
        var model = Assert.Single(list.RootElement.GetProperty("data").EnumerateArray());
        Assert.Equal("guide:v1", model.GetProperty("id").GetString());
        Assert.Equal("model", model.GetProperty("object").GetString());
        Assert.Equal(StubModelServer.Digest, model.GetProperty("zakenak").GetProperty("digest").GetString());
        Assert.Equal("Approved", model.GetProperty("zakenak").GetProperty("stage").GetString());
        Assert.Contains("guide:v1", await gateway.Client.GetStringAsync("/v1/models/guide:v1"));
        using var none = await gateway.Client.GetAsync("/v1/models/none");
        Assert.Equal("model_not_found", (await GatewayHost.ErrorOf(none, HttpStatusCode.NotFound)).Code);
    }

    [Fact]
    public async Task A_bare_name_is_the_newest_version_and_both_reach_their_server()
    {
        await using var old = await StubModelServer.StartAsync(_domain);
        await using var recent = await StubModelServer.StartAsync(_domain);
        old.Models = Serving("guide:v9");
        recent.Models = Serving("guide:v10");
        await using var gateway = await GatewayHost.StartAsync(_domain, [old, recent]);
        await GatewayHost.Until(() => gateway.Logs.Lines.Count(l => l.Contains("Reached model server", StringComparison.Ordinal)) == 2);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Empty(old.Requests);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "guide:v9"));
        Assert.Single(old.Requests);
    }

    [Fact]
    public async Task Unknown_is_404_and_not_ready_is_503()
    {
        await using (var empty = await GatewayHost.StartAsync(_domain, []))
        {
            using var none = await empty.AskAsync(GatewayHost.Chat());
            Assert.Equal("model_unavailable", (await GatewayHost.ErrorOf(none, HttpStatusCode.ServiceUnavailable)).Code);
            Assert.NotNull(none.Headers.RetryAfter);
        }

        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var unknown = await gateway.AskAsync(GatewayHost.Chat(model: "nobody"));
        var error = await GatewayHost.ErrorOf(unknown, HttpStatusCode.NotFound);
        Assert.Equal(("model_not_found", "model"), (error.Code, error.Param));

        server.Models = Serving("other:v1");
        await GatewayHost.Until(() => StatusAsync(gateway, "other").GetAwaiter().GetResult() == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(gateway));
    }

    [Fact]
    public async Task Replicas_share_the_work_and_the_busier_gets_less()
    {
        await using var one = await StubModelServer.StartAsync(_domain);
        await using var two = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [one, two]);
        var go = new TaskCompletionSource();
        one.Answer = two.Answer = async context =>
        {
            await go.Task;
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        };
        var running = Enumerable.Range(0, 6).Select(_ => StatusAsync(gateway)).ToArray();
        await GatewayHost.Until(() => one.Requests.Count + two.Requests.Count == 6);
        Assert.Equal(3, one.Requests.Count);
        go.SetResult();
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task A_dead_replica_is_skipped_before_it_is_noticed_and_after()
    {
        await using var living = await StubModelServer.StartAsync(_domain);
        var dying = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [living, dying], ("ModelServers:PollInterval", "00:01:00"), ("Routing:Policy", "RoundRobin"));
        await dying.DisposeAsync();
        int Failures() => gateway.Logs.Lines.Count(l => l.Contains("Failed to forward request", StringComparison.Ordinal));
        while (Failures() == 0)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        await gateway.Logs.WaitForAsync("Failed to ask model server");
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelCatalogue>().Find("guide")!.Routes[0].Servers.Length == 1);
        var noticed = Failures();
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Equal(noticed, Failures());
    }

    [Fact]
    public async Task A_request_that_may_have_been_read_is_not_sent_again()
    {
        await using var one = await StubModelServer.StartAsync(_domain);
        await using var two = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [one, two]);
        one.Answer = two.Answer = StubModelServer.DieAsync;
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(gateway));
        Assert.Equal(1, one.Requests.Count + two.Requests.Count);
    }

    [Fact]
    public async Task The_only_model_server_dies_and_comes_back()
    {
        var port = FreePort.Next();
        var server = await StubModelServer.StartAsync(_domain, port);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        await server.DisposeAsync();
        using var down = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("model_unavailable", (await GatewayHost.ErrorOf(down, HttpStatusCode.ServiceUnavailable)).Code);
        await using var again = await StubModelServer.StartAsync(_domain, port);
        await GatewayHost.Until(() => StatusAsync(gateway).GetAwaiter().GetResult() == HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_version_with_two_digests_is_served_by_the_first_server_only()
    {
        await using var first = await StubModelServer.StartAsync(_domain);
        await using var second = await StubModelServer.StartAsync(_domain);
        second.Models = new Dictionary<string, string> { ["guide:v1"] = "sha256:" + new string('f', 64) };
        await using var gateway = await GatewayHost.StartAsync(_domain, [first, second]);
        await gateway.Logs.WaitForAsync("Left out");
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Empty(second.Requests);
        Assert.Contains(StubModelServer.Digest, await gateway.Client.GetStringAsync("/v1/models"));
    }

    [Fact]
    public async Task A_list_that_is_none_makes_no_model()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Models = new Dictionary<string, string> { ["guide:v1"] = "sha256:short" };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(gateway));
        Assert.Contains("lacks a valid", await gateway.Logs.WaitForAsync("Failed to ask model server"));
    }

    [Fact]
    public async Task A_server_with_another_services_id_gets_no_request()
    {
        var other = new TestTrustDomain();
        await using var impostor = await StubModelServer.StartAsync(other);
        await using var gateway = await GatewayHost.StartAsync(_domain, [impostor]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(gateway));
        Assert.Empty(impostor.Requests);
    }

    [Fact]
    public async Task Readiness_waits_for_the_first_answer_and_no_model_only_degrades()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("ModelServers:Urls:0", Nowhere()));
        using var client = new HttpClient();
        using var health = await client.GetAsync(new Uri(gateway.ManagementUrl, "/healthz"));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Contains("No model server is ready", await health.Content.ReadAsStringAsync());
    }
}
