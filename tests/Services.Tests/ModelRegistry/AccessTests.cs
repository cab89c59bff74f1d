using Microsoft.Extensions.DependencyInjection;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ModelRegistry;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelRegistry;

public sealed class AccessTests : IAsyncLifetime
{
    private readonly RegistryHome _home = new();
    private RunningRegistry _registry = null!;

    private HttpClient Client => _registry.Operator;

    public async ValueTask InitializeAsync() => _registry = await RunningRegistry.StartAsync(_home);

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _home.Dispose();
    }

    [Theory]
    [InlineData(ServiceNames.ModelServer, 200)]
    [InlineData(ServiceNames.Gateway, 200)]
    [InlineData(ServiceNames.Operator, 200)]
    [InlineData(ServiceNames.FeatureProxy, 403)]
    public async Task Services_that_need_models_may_read(string service, int status)
    {
        using var answer = await _registry.ClientOf(service).GetAsync("/v1/models");
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Who_is_not_named_in_the_policy_writes_nothing_and_each_try_is_recorded()
    {
        var model = new PushedModel(_home);
        await Client.PushAsync(model);
        var server = _registry.ClientOf(ServiceNames.ModelServer);
        Assert.Equal((403, "caller_not_allowed"), ((await server.BeginAsync([1])) is var (begun, why, _)) ? (begun, why) : default);
        Assert.Equal((403, "caller_not_allowed"), Of(await server.PutAsync(model.Address, model.Request)));
        Assert.Equal((403, "caller_not_allowed"), Of(await server.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, 1, ModelStage.Approved))));
        Assert.Equal((403, "caller_not_allowed"), Of(await server.PostAsync(model.Address + "/attestations", "{}"u8.ToArray())));

        var refused = AuditHistory.Read(Path.Combine(_home.Directory, "audit")).Select(r => r.Record).Where(r => r.Outcome == AuditOutcome.Refused).ToList();
        Assert.Equal(["version.push", "version.push", "version.promote", "version.attest"], refused.Select(r => r.Action));
        Assert.All(refused, r => Assert.Equal("caller_not_allowed", r.Code));
        await Eventually.IsTrueAsync(
            async () => (await _registry.GetMetricsAsync()).Contains("zakenak_registry_refusals_total{code=\"caller_not_allowed\"} 4", StringComparison.Ordinal), "each is counted");
    }

    [Fact]
    public async Task An_identity_does_only_what_the_policy_says()
    {
        _home.WritePolicy(actions: ["push", "promote"]);
        await _registry.DisposeAsync();
        await InitializeAsync();
        var model = new PushedModel(_home);
        Assert.Equal((201, null), Of(await Client.PushAsync(model)));
        Assert.Equal((200, null), Of(await Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, 1, ModelStage.Approved))));
        Assert.Equal((403, "caller_not_allowed"), Of(await Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, 2, ModelStage.Retired))));
        Assert.Equal((403, "caller_not_allowed"), Of(await Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, 2, ModelStage.Approved, revoked: true))));
    }

    [Fact]
    public async Task Only_what_an_allowed_signer_signed_comes_in()
    {
        using var stranger = SigningKey.Create(SigningCurve.P256);
        Assert.Equal((422, "signer_not_allowed"), Of(await Client.PushAsync(new PushedModel(_home, key: stranger))));
        var model = new PushedModel(_home);
        Assert.Equal((409, "blob_missing"), Of(await Client.PutAsync(model.Address, model.Request)));
        Assert.Equal((201, null), Of(await Client.PushAsync(model)));
        Assert.Equal((422, "subject_mismatch"), Of(await Client.PutAsync("/v1/models/other/versions/v1", model.Request)));
        Assert.Equal((422, "missing_file"), Of(await Client.PutAsync(model.Address, model.Request with { Files = [model.Request.Files[0]] })));
        Assert.Equal((422, "unlisted_file"), Of(await Client.PutAsync(model.Address, model.Request with { Files = [.. model.Request.Files, model.Request.Files[0]] })));
        Assert.Equal((422, "digest_mismatch"), Of(await Client.PutAsync(
            model.Address, model.Request with { Files = [.. model.Request.Files.Select(f => f with { Digest = PushedModel.DigestOf([9]) })] })));
        Assert.Equal((409, "blob_missing"), Of(await Client.PutAsync(
            model.Address, model.Request with { Files = [.. model.Request.Files.Select(f => f with { Bytes = f.Bytes + 1 })] })));
        Assert.Equal((400, "request_malformed"), Of(await Client.PutAsync(model.Address, model.Request with { Signatures = [] })));
        Assert.Equal((422, "name_not_allowed"), Of(await Client.PutAsync("/v1/models/guide/versions/1", model.Request)));
        Assert.Equal((422, "signer_not_allowed"), Of(await Client.PostAsync(
            model.Address + "/stage", _home.Stage("guide", model.Digest, 1, ModelStage.Approved, key: stranger))));
        Assert.Equal((422, "statement_invalid"), Of(await Client.PostAsync(
            model.Address + "/stage", _home.Stage("guide", PushedModel.DigestOf([1]), 1, ModelStage.Approved))));
        Assert.Equal((422, "approval_expired"), Of(await Client.PostAsync(
            model.Address + "/stage", _home.Stage("guide", model.Digest, 1, ModelStage.Approved, expires: TimeSpan.FromMinutes(-1)))));
        Assert.Equal((404, "version_not_found"), Of(await Client.PostAsync(
            "/v1/models/guide/versions/v9/stage", _home.Stage("guide", model.Digest, 1, ModelStage.Approved, version: "v9"))));
    }

    [Fact]
    public async Task A_newer_policy_is_taken_up_and_a_broken_or_older_one_is_not()
    {
        Assert.Equal("policy 1", (await _registry.GetHealthAsync("policy")).Reason);
        _home.WritePolicy(actions: ["attest"]);
        await Eventually.IsTrueAsync(async () => (await Client.BeginAsync([1])).Status == 403, "the new policy is in force");
        _home.BreakPolicy();
        await Eventually.IsTrueAsync(async () => (await _registry.GetHealthAsync("policy")).Reason.StartsWith("policy 2 stays in force", StringComparison.Ordinal), "the fault is told");
        _home.WritePolicy(version: 1);
        await Eventually.IsTrueAsync(() => _registry.Logs.Lines.Any(l => l.Contains("policy_outdated", StringComparison.Ordinal)), "the old policy is refused");
        Assert.Equal(403, (await Client.BeginAsync([1])).Status);

        // Not after a restart either.
        await _registry.DisposeAsync();
        await InitializeAsync();
        var (status, reason) = await _registry.GetHealthAsync("policy");
        Assert.Equal(503, status);
        Assert.StartsWith("policy_outdated", reason, StringComparison.Ordinal);
        Assert.Equal(503, (await Client.BeginAsync([1])).Status);
        using var readable = await Client.GetAsync("/v1/models");
        Assert.Equal(200, (int)readable.StatusCode);
    }

    [Fact]
    public async Task Subscribers_are_bounded_hear_the_heart_beat_and_a_slow_one_is_cut_off()
    {
        await _registry.DisposeAsync();
        _registry = await RunningRegistry.StartAsync(_home, new()
        {
            ["Registry:MaxSubscribers"] = "1",
            ["Registry:HeartbeatInterval"] = "00:00:00.020",
            ["Registry:SlowSubscriberTimeout"] = "00:00:00.100",
        });
        using (var beating = await Client.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await beating.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line && line != ": heartbeat")
            {
            }

            Assert.Equal((503, "too_many_subscribers"), await Subscription.RefusalOfAsync(Client, "0"));
        }

        await Eventually.IsTrueAsync(async () => await CanSubscribeAsync(0), "the first went away");
        using var slow = await Client.GetAsync("/v1/events?after=0", HttpCompletionOption.ResponseHeadersRead);
        var feed = _registry.Services.GetRequiredService<EventFeed>();
        await Eventually.IsTrueAsync(
            async () =>
            {
                feed.Append([.. Enumerable.Range(1, 5000).Select(i => new FeedEvent(feed.LastId + i, new RegistryEvent("pushed", new string('m', 64), "v1")))]);
                return await CanSubscribeAsync(feed.LastId);
            },
            "the slow one is cut off");

        async Task<bool> CanSubscribeAsync(long after)
        {
            using var answer = await Client.GetAsync("/v1/events?after=" + after, HttpCompletionOption.ResponseHeadersRead);
            return answer.IsSuccessStatusCode;
        }
    }

    private static (int Status, string? Code) Of((int Status, string? Code, VersionDocument? Version) answer) => (answer.Status, answer.Code);
}
