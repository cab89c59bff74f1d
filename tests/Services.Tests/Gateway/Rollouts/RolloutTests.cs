using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Rollouts;
using Zakenak.Gateway.State;
using Zakenak.Services.Tests.Gateway.Admin;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Rollouts;

/// <summary>Rollouts in a whole gateway, with a clock that the test moves.</summary>
public sealed class RolloutTests : IDisposable
{
    private static readonly TimeSpan _wait = TimeSpan.FromMinutes(10);

    private readonly TestTrustDomain _domain = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-rollouts-");
    private readonly SteppedClock _clock = new();

    public void Dispose() => _folder.Delete(recursive: true);

    private string StateFile => Path.Combine(_folder.FullName, "state", "rollouts.json");

    private string WishFile => Path.Combine(_folder.FullName, "wished.json");

    [Fact]
    public async Task A_good_candidate_is_promoted_by_itself_one_step_after_the_other()
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);
        await BeginAsync(admin);
        foreach (var percent in new[] { 5, 25, 50, 100 })
        {
            var status = await StatusAsync(admin);
            Assert.Equal(("running", (double)percent), (status.State, status.Percent));
            if (percent < 100)
                Feed(gateway, stable: 300, candidate: 250);
            else
                Feed(gateway, stable: 0, candidate: 250);
            await SeenAsync(admin, 250);

            // Enough is known, but it has not been there long enough; a wall clock that goes back does not matter.
            _clock.Advance(_wait / 2);
            _clock.SetWallClockBack(TimeSpan.FromDays(1));
            await GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult().ElapsedSeconds >= _wait.TotalSeconds / 2);
            Assert.Equal(percent, (await StatusAsync(admin)).Percent);
            _clock.Advance(_wait / 2);
            await GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult() is var now && (now.Percent > percent || now.State == "promoted"));
        }

        Assert.Equal(("promoted", "gateway"), ((await StatusAsync(admin)).State, (await StatusAsync(admin)).By));
        Assert.Equal("guide:v2", await AnsweredByAsync(gateway, "guide"));
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide:v1"));
        Assert.Contains("errors 0.00 % against 0.00 % (0/250, 0/300)", await gateway.Logs.WaitForAsync(" promoted, "), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, 100, "errors 13.79 % against 0.00 % (40/290, 0/300)")]
    [InlineData(0, 1000, "p95 1040 ms against 104 ms")]
    public async Task A_bad_candidate_goes_back_by_itself_at_once(int failed, int latencyMs, string reason)
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);

        // Nothing is judged before all of it was seen.
        await BeginAsync(admin, Order() with { MinRequests = 250 + failed });
        Feed(gateway, stable: 300, candidate: 0);
        await GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult().Stable?.Requests == 300);
        Feed(gateway, stable: 0, candidate: 250, failed, latencyMs);
        await GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult().State == "rolled_back");
        Assert.Contains(reason.Split(' ')[0], (await StatusAsync(admin)).Reason, StringComparison.Ordinal);
        if (failed > 0)
            Assert.Equal(reason, (await StatusAsync(admin)).Reason);
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide"));
        Assert.Equal("guide:v2", await AnsweredByAsync(gateway, "guide@v2"));
    }

    [Fact]
    public async Task Without_enough_requests_nothing_is_decided_however_long_it_takes()
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);
        await BeginAsync(admin);
        Feed(gateway, stable: 300, candidate: 199);
        await SeenAsync(admin, 199);
        _clock.Advance(_wait * 3);
        await GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult().ElapsedSeconds >= _wait.TotalSeconds * 3);
        Assert.Equal(5, (await StatusAsync(admin)).Percent);
        Assert.Equal("waits for requests: 300 and 199 of 200 requests", (await StatusAsync(admin)).Reason);
    }

    [Fact]
    public async Task People_take_it_on_hold_it_and_take_it_back()
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);
        Assert.Equal("rollout_not_found", await ActAsync(admin, "pause"));
        await BeginAsync(admin);
        using (var second = await admin.PostAsJsonAsync("/admin/v1/rollouts", Order()))
            Assert.Equal("rollout_under_way", await Administrators.CodeOf(second));
        Assert.Equal("paused at 5", await ActAsync(admin, "pause"));
        Assert.Equal("rollout_not_there", await ActAsync(admin, "pause"));
        Feed(gateway, stable: 300, candidate: 250);
        await SeenAsync(admin, 250);
        _clock.Advance(_wait * 2);
        Assert.Equal("running at 5", await ActAsync(admin, "resume"));
        Assert.Equal("running at 25", await ActAsync(admin, "advance"));
        Assert.Equal("promoted at 100", await ActAsync(admin, "promote"));
        Assert.Equal("guide:v2", await AnsweredByAsync(gateway, "guide"));
        Assert.Equal("rolled_back at 0", await ActAsync(admin, "rollback"));
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide"));
        Assert.Equal("rollout_not_there", await ActAsync(admin, "rollback"));
        await BeginAsync(admin);
        Assert.Equal("aborted at 0", await ActAsync(admin, "abort"));
    }

    [Fact]
    public async Task A_switch_takes_all_traffic_at_once_and_later_versions_wait_for_their_turn()
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);
        Assert.Equal("guide:v2", await AnsweredByAsync(gateway, "guide"));
        await BeginAsync(admin, Order() with { To = "v1", Strategy = "blue_green" });
        Assert.Equal("promoted", (await StatusAsync(admin)).State);
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide"));
        server.Models = new Dictionary<string, string>(server.Models) { ["guide:v3"] = StubModelServer.Digest };
        await GatewayHost.Until(() => gateway.Client.GetStringAsync("/v1/models").GetAwaiter().GetResult().Contains("guide:v3", StringComparison.Ordinal));
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide"));
        await BeginAsync(admin, Order() with { To = "v3" });
        Assert.Equal("v1", (await StatusAsync(admin)).From);
    }

    [Fact]
    public async Task A_restart_goes_on_where_it_was_and_a_state_that_makes_no_sense_decides_nothing()
    {
        await using var server = await ServingAsync();
        string id;
        await using (var gateway = await StartAsync(server))
        {
            using var admin = Administrators.ClientOf(gateway, _domain);
            await BeginAsync(admin);
            Assert.Equal("running at 25", await ActAsync(admin, "advance"));
            await SeenAsync(admin, 0);
            _clock.Advance(TimeSpan.FromMinutes(3));
            var state = gateway.Services.GetRequiredService<SharedState<RolloutBook>>();
            await GatewayHost.Until(() => state.Current!.Find("guide")!.Elapsed >= TimeSpan.FromMinutes(3));
            id = (await StatusAsync(admin)).Id;
        }

        await using (var again = await StartAsync(server))
        {
            using var admin = Administrators.ClientOf(again, _domain);
            var status = await StatusAsync(admin);
            Assert.Equal((id, "running", 25.0), (status.Id, status.State, status.Percent));
            Assert.True(status.ElapsedSeconds >= 180);
        }

        await File.WriteAllTextAsync(StateFile, "{\"rollouts\":");
        await using var confused = await StartAsync(server, ("ModelServers:Patience", "00:00:00.100"));
        Assert.Equal("model_unavailable", await AnsweredByAsync(confused, "guide"));
        Assert.Equal("guide:v2", await AnsweredByAsync(confused, "guide:v2"));
        await confused.Logs.WaitForAsync("The state of rollouts could not be read");
    }

    [Fact]
    public async Task A_candidate_that_is_stopped_goes_back()
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);
        await BeginAsync(admin);
        await admin.KillAsync("version", "guide:v2");
        await GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult().State == "rolled_back");
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide"));
    }

    [Fact]
    public async Task The_file_says_what_is_wanted_and_a_bad_one_changes_nothing()
    {
        await using var server = await ServingAsync();
        await File.WriteAllTextAsync(WishFile, Wish("v2"));
        await using (var gateway = await StartAsync(server, ("Rollouts:File", WishFile)))
        {
            using var admin = Administrators.ClientOf(gateway, _domain);
            await GatewayHost.Until(() => admin.GetAsync("/admin/v1/rollouts/guide").GetAwaiter().GetResult().IsSuccessStatusCode);
            Assert.Equal(("running", 10.0, "file"), ((await StatusAsync(admin)).State, (await StatusAsync(admin)).Percent, (await StatusAsync(admin)).By));
            await File.WriteAllTextAsync(WishFile, Wish("two"));
            Assert.Contains("Refused the file of rollouts", await gateway.Logs.WaitForAsync("$.rollouts[0]: to and from must be versions"), StringComparison.Ordinal);
            Assert.Equal("running", (await StatusAsync(admin)).State);
            await File.WriteAllTextAsync(WishFile, Wish("v2"));
            Assert.Equal("promoted at 100", await ActAsync(admin, "promote"));
        }

        // What was begun once is not begun again by a restart.
        await using var again = await StartAsync(server, ("Rollouts:File", WishFile));
        using var desk = Administrators.ClientOf(again, _domain);
        Assert.Equal("promoted", (await StatusAsync(desk)).State);
        await File.WriteAllTextAsync(WishFile, Wish("v2").Replace("10,", "20,", StringComparison.Ordinal));
        await GatewayHost.Until(() => StatusAsync(desk).GetAwaiter().GetResult() is { State: "running", Percent: 20 });
        await File.WriteAllTextAsync(WishFile, """{"rollouts": []}""");
        await GatewayHost.Until(() => StatusAsync(desk).GetAwaiter().GetResult().State == "aborted");

        static string Wish(string to) =>
            $$"""{"rollouts": [{"model": "guide", "from": "v1", "to": "{{to}}", "steps": [{"percent": 10, "wait_seconds": 60}, {"percent": 100, "wait_seconds": 0}]}]}""";
    }

    [Fact]
    public async Task Clients_keep_their_version_and_a_version_that_fails_them_goes_back_on_real_requests()
    {
        await using var server = await ServingAsync();
        server.Answer = context => server.Requests.Count % 2 == 1 && context.Request.Headers["x-zakenak-grant"].ToString().Length > 0 && GrantedModel(context.Request.Headers["x-zakenak-grant"]!) == "guide:v2"
            ? StubModelServer.AnswerAsync(context, """{"error":{"message":"m","type":"server_error","code":"c"}}""", 500)
            : StubModelServer.AnswerAsync(context, StubModelServer.Completion("Hello."));
        var keys = Enumerable.Range(0, 40).Select(_ => $"zk-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}-{Base64(RandomNumberGenerator.GetBytes(32))}").ToArray();
        var file = Path.Combine(_folder.FullName, "keys.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            keys = keys.Select(k => new { id = k.Split('-')[1], sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(k))), tenant = "acme" }),
        }));
        await using var gateway = await StartAsync(server, ("ApiKeys:File", file));
        using var admin = Administrators.ClientOf(gateway, _domain);
        await BeginAsync(admin, Order() with { Steps = [new(50, 600), new(100, 600)], Guard = new(60, 1.5, 0.005, 100) });

        var versions = new Dictionary<string, string>();
        for (var round = 0; round < 30 && (await StatusAsync(admin)).State == "running"; round++)
        {
            foreach (var key in keys)
            {
                var version = await AnsweredByAsync(gateway, "guide", key);
                if ((await StatusAsync(admin)).State == "running")
                    Assert.Equal(versions.TryAdd(key, version) ? version : versions[key], version);
            }
        }

        var status = await StatusAsync(admin);
        Assert.Equal("rolled_back", status.State);
        Assert.StartsWith("errors ", status.Reason, StringComparison.Ordinal);
        Assert.InRange(versions.Values.Count(v => v == "guide:v2"), 8, 32);
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide", keys[0]));
    }

    [Theory]
    [InlineData("""{"model": "guide", "to": "v2", "steps": [{"percent": 50, "wait_seconds": 1}]}""", "invalid_rollout")]
    [InlineData("""{"model": "guide", "to": "v2", "steps": [{"percent": 50, "wait_seconds": 1}, {"percent": 20, "wait_seconds": 1}, {"percent": 100, "wait_seconds": 1}]}""", "invalid_rollout")]
    [InlineData("""{"model": "Guide!", "to": "v2"}""", "invalid_rollout")]
    [InlineData("""{"model": "guide", "to": "2"}""", "invalid_rollout")]
    [InlineData("""{"model": "guide", "to": "v2", "guard": {"min_requests": 1, "max_error_ratio": 1, "error_margin": 0, "max_latency_ratio": 1}}""", "invalid_rollout")]
    [InlineData("""{"model": "guide", "to": "v2", "percent": 5}""", "invalid_body")]
    [InlineData("""{"model": "guide", "to": "v7"}""", "version_not_served")]
    public async Task What_makes_no_sense_is_refused(string body, string code)
    {
        await using var server = await ServingAsync();
        await using var gateway = await StartAsync(server);
        using var admin = Administrators.ClientOf(gateway, _domain);
        using var answer = await admin.PostAsync("/admin/v1/rollouts", GatewayHost.Json(body));
        Assert.Equal(code, await Administrators.CodeOf(answer));
    }

    internal static void Feed(GatewayHost gateway, int stable, int candidate, int failed = 0, int latencyMs = 100)
    {
        var rollout = gateway.Services.GetRequiredService<SharedState<RolloutBook>>().Current!.Find("guide")!;
        var sample = gateway.Services.GetRequiredService<RolloutChoice>().SampleOf(rollout)!;
        for (var i = 0; i < failed; i++)
            sample.Candidate.Failed();
        for (var i = 0; i < stable; i++)
            sample.Stable.Answered(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < candidate; i++)
            sample.Candidate.Answered(TimeSpan.FromMilliseconds(latencyMs));
    }

    internal static RolloutOrder Order() => new()
    {
        Model = "guide",
        To = "v2",
        Steps = null,
    };

    internal static async Task BeginAsync(HttpClient admin, RolloutOrder? order = null)
    {
        using var answer = await admin.PostAsJsonAsync("/admin/v1/rollouts", order ?? Order());
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    internal static async Task<RolloutStatus> StatusAsync(HttpClient admin) => (await admin.GetFromJsonAsync<RolloutStatus>("/admin/v1/rollouts/guide"))!;

    /// <summary>Until the gateway has compared so much: from then on time counts.</summary>
    private static Task SeenAsync(HttpClient admin, int requests) =>
        GatewayHost.Until(() => StatusAsync(admin).GetAwaiter().GetResult().Candidate?.Requests == requests);

    private static async Task<string?> ActAsync(HttpClient admin, string act)
    {
        using var answer = await admin.PostAsync($"/admin/v1/rollouts/guide/{act}", null);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<RolloutStatus>() is { } s ? $"{s.State} at {s.Percent}" : null : await Administrators.CodeOf(answer);
    }

    private static async Task<string> AnsweredByAsync(GatewayHost gateway, string model, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(GatewayHost.Chat(model: model)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? gateway.Key);
        using var answer = await gateway.Anonymous.SendAsync(request);
        return answer.Headers.TryGetValues(HeaderNames.Model, out var versions) ? versions.Single()
            : JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("code").GetString()!;
    }

    internal static string GrantedModel(string jws)
    {
        var payload = jws.Split('.')[1];
        return JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload)).RootElement.GetProperty("model").GetString()!;
    }

    private static string Base64(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private async Task<StubModelServer> ServingAsync()
    {
        var server = await StubModelServer.StartAsync(_domain);
        server.Models = new Dictionary<string, string> { ["guide:v1"] = StubModelServer.Digest, ["guide:v2"] = StubModelServer.Digest };
        return server;
    }

    private Task<GatewayHost> StartAsync(StubModelServer server, params (string Key, string Value)[] more) => GatewayHost.StartAsync(_domain, [server], _clock,
    [
        ("Rollouts:StateFile", StateFile), ("Rollouts:Interval", "00:00:00.010"), ("Rollouts:ReloadInterval", "00:00:00.050"), .. Administrators.Named, .. more,
    ]);
}
