using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public sealed class SharedGrantTests : IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private static readonly string _key = ApiKey.Create();
    private readonly SteppedClock _clock = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Requests_that_may_do_the_same_share_a_grant_that_names_none_of_them()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server);
        var one = await GrantAsync(gateway, server);
        Assert.Equal(one, await GrantAsync(gateway, server));
        Assert.Null(Read(server).RequestId);
    }

    [Fact]
    public async Task A_request_with_another_bound_has_another_grant()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server);
        var one = await GrantAsync(gateway, server);
        Assert.NotEqual(one, await GrantAsync(gateway, server, ",\"max_tokens\":7"));
        Assert.Equal(7, Read(server).MaxCompletionTokens);
    }

    [Fact]
    public async Task A_grant_is_shared_for_an_eighth_of_its_life_and_not_longer()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, ("Forwarding:GrantLifetime", "00:00:40"));
        var one = await GrantAsync(gateway, server);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(one, await GrantAsync(gateway, server));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.NotEqual(one, await GrantAsync(gateway, server));
        Assert.Equal(40, Read(server).ExpiresAt - Read(server).IssuedAt);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_new_ones_that_model_servers_take()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server);
        await GrantAsync(gateway, server);
        _clock.SetWallClockBack(TimeSpan.FromHours(1));
        await GrantAsync(gateway, server);
        Assert.Equal(_clock.GetUtcNow().ToUnixTimeSeconds(), Read(server).IssuedAt);
    }

    [Fact]
    public async Task Model_servers_take_every_grant_while_the_gateway_renews_under_load()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server);
        gateway.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        var identity = (WorkloadIdentity)gateway.Services.GetRequiredService<IWorkloadIdentity>();
        using var over = new CancellationTokenSource();
        var clients = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                using var answer = await gateway.AskAsync(GatewayHost.Chat());
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        })));
        for (var certificates = 1; certificates <= 6; certificates++)
        {
            var asked = server.Requests.Count;
            if (certificates > 1)
                _domain.Rotate(identity);
            await Eventually.IsTrueAsync(() => Task.FromResult(clients.IsCompleted || server.Requests.Count > asked + 50), "requests go on");
        }

        await over.CancelAsync();
        await clients;
        Assert.All(server.Requests, received => Assert.True(received.Grant.IsAccepted, received.Grant.Code));
        Assert.All(server.Requests, received => Assert.InRange(received.Headers[HeaderNames.Grant].Length, 1, 700));
        Assert.Equal(6, server.Requests.Select(received => received.Headers[HeaderNames.Grant].Split('.')[0]).Distinct().Count());
    }

    /// <summary>With a key that opens no features.</summary>
    private Task<GatewayHost> StartAsync(StubModelServer server, params (string Key, string Value)[] settings)
    {
        File.WriteAllText(_folder["keys.json"], $$"""{"keys":[{"id":"{{_key.Substring(3, 16)}}","sha256":"{{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(_key)))}}","tenant":"acme"}]}""");
        return GatewayHost.StartAsync(_domain, [server], _clock, [("ApiKeys:File", _folder["keys.json"]), .. settings]);
    }

    private static async Task<string> GrantAsync(GatewayHost gateway, StubModelServer server, string more = "")
    {
        gateway.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        using var answer = await gateway.AskAsync(GatewayHost.Chat(more: more));
        Assert.True(answer.IsSuccessStatusCode);
        return server.Requests.Last().Headers[HeaderNames.Grant];
    }

    private static Grant Read(StubModelServer server) => TokenLimitsTests.GrantOf(server.Requests.Last().Headers);
}
