using System.Net.Http.Json;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>What holds wherever the versions are kept: one class runs it over files, one over PostgreSQL.</summary>
public abstract class RegistrySuite : IAsyncLifetime
{
    private readonly RegistryHome _home = new();
    private RunningRegistry _registry = null!;

    private HttpClient Client => _registry.Operator;

    public async ValueTask InitializeAsync() => _registry = await RunningRegistry.StartAsync(_home, await SettingsAsync());

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }

        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_pushed_version_is_a_draft_with_everything_to_check_it_by()
    {
        var model = new PushedModel(_home);
        var pushed = await Client.PushAsync(model);
        Assert.Equal((201, null), (pushed.Status, pushed.Code));
        var version = (await Client.GetVersionAsync(model.Address)).Version!;
        Assert.Equal((model.Digest, "Draft", false), (version.Digest, version.Stage, version.Revoked));
        Assert.Equal(model.Request.Files.OrderBy(f => f.Path, StringComparer.Ordinal), version.Files);
        Assert.Equal(model.Request.Signatures[0], version.Signatures.Single());
        var entry = version.History.Single();
        Assert.Equal(("pushed", RegistryHome.Operator, _home.Signer.PublicKey.Id), (entry.Action, entry.Caller, entry.SignerKeyId));
        Assert.Equal((200, null), await StatusOfAsync(Client.PushAsync(model)));
        Assert.Equal((409, "version_exists"), await StatusOfAsync(Client.PushAsync(new PushedModel(_home))));
    }

    [Fact]
    public async Task The_list_is_in_the_order_of_names_and_numbers()
    {
        foreach (var (name, version) in ((string, string)[])[("zeta", "v1"), ("guide", "v10"), ("guide", "v2")])
        {
            Assert.Equal(201, (await Client.PushAsync(new PushedModel(_home, name, version))).Status);
        }

        var listing = (await Client.GetFromJsonAsync<ModelListing>("/v1/models"))!;
        Assert.Equal(["guide v2", "guide v10", "zeta v1"], listing.Models.SelectMany(m => m.Versions.Select(v => $"{m.Name} {v.Version}")));
        Assert.All(listing.Models.SelectMany(m => m.Versions), v => Assert.Equal(3100, v.Bytes));
    }

    [Fact]
    public async Task Signed_statements_promote_retire_and_revoke_and_never_go_back()
    {
        var model = new PushedModel(_home);
        await Client.PushAsync(model);
        Assert.Equal((404, "stage_not_found"), await StatusOfAsync(Client.GetVersionAsync(Stage(model))));
        Assert.Equal((200, null), await PostStageAsync(model, 2, ModelStage.Staging));
        Assert.Equal((409, "statement_replayed"), await PostStageAsync(model, 1, ModelStage.Approved));
        var approval = _home.Stage("guide", model.Digest, 3, ModelStage.Approved);
        Assert.Equal((200, null), await StatusOfAsync(Client.PostAsync(Stage(model), approval)));
        Assert.Equal((200, null), await StatusOfAsync(Client.PostAsync(Stage(model), approval))); // the same again changes nothing
        Assert.Equal((409, "statement_replayed"), await PostStageAsync(model, 3, ModelStage.Retired));
        Assert.Equal(approval, await Client.GetByteArrayAsync(Stage(model)));
        Assert.Equal((200, null), await PostStageAsync(model, 1, ModelStage.Retired, revoked: true)); // late, but a revocation
        Assert.Equal((409, "revoked"), await PostStageAsync(model, 9, ModelStage.Approved));
        var version = (await Client.GetVersionAsync(model.Address)).Version!;
        Assert.True(version.Revoked);
        Assert.Equal(["pushed", "promoted", "promoted", "revoked"], version.History.Select(h => h.Action));
        Assert.Equal([1, 2, 3, 4], version.History.Select(h => h.Event));
    }

    [Fact]
    public async Task An_attestation_is_kept_once_and_only_for_its_own_version()
    {
        var (model, other) = (new PushedModel(_home), new PushedModel(_home, version: "v2"));
        await Client.PushAsync(model);
        await Client.PushAsync(other);
        var sbom = Sbom(model);
        Assert.Equal((201, null), await StatusOfAsync(Client.PostAsync(model.Address + "/attestations", sbom)));
        Assert.Equal((200, null), await StatusOfAsync(Client.PostAsync(model.Address + "/attestations", sbom)));
        Assert.Equal((422, "attestation_invalid"), await StatusOfAsync(Client.PostAsync(other.Address + "/attestations", sbom)));
        Assert.Single((await Client.GetVersionAsync(model.Address)).Version!.Attestations);
    }

    [Fact]
    public async Task A_version_has_an_ETag_that_changes_with_it()
    {
        var model = new PushedModel(_home);
        await Client.PushAsync(model);
        using var first = await Client.GetAsync(model.Address);
        Assert.Equal(304, await GetIfNoneMatchAsync());
        await PostStageAsync(model, 1, ModelStage.Approved);
        Assert.Equal(200, await GetIfNoneMatchAsync());

        async Task<int> GetIfNoneMatchAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, model.Address);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var answer = await Client.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Of_changes_at_the_same_time_each_is_made_once_and_in_one_order()
    {
        var model = new PushedModel(_home);
        await Client.PushAsync(model);
        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(i => PostStageAsync(model, i, ModelStage.Staging)));
        var version = (await Client.GetVersionAsync(model.Address)).Version!;
        Assert.Equal(answers.Count(a => a.Status == 200), version.History.Count - 1);
        Assert.Equal(version.History.Select(h => h.Event), version.History.Select(h => h.Event).Order().Distinct());
        Assert.All(answers.Where(a => a.Status != 200), a => Assert.Equal((409, "statement_replayed"), a));
        Assert.Equal(12, version.History[^1].Sequence);
    }

    [Fact]
    public async Task Every_change_and_every_refusal_is_in_the_audit_log()
    {
        var model = new PushedModel(_home);
        await Client.PushAsync(model);
        await PostStageAsync(model, 1, ModelStage.Approved);
        await PostStageAsync(model, 1, ModelStage.Retired);
        var history = (await Client.GetVersionAsync(model.Address)).Version!.History;
        await _registry.DisposeAsync();

        var log = Path.Combine(_home.Directory, "audit");
        using var key = System.Security.Cryptography.ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(_home.Directory, "audit-key", "key.pub.pem")));
        Assert.Null(AuditVerifier.Verify(log, ServiceNames.ModelRegistry, [key]).Fault);
        var records = AuditHistory.Read(log).Select(r => r.Record).Where(r => r.Action.StartsWith("version.", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            [("version.pushed", AuditOutcome.Done, null), ("version.promoted", AuditOutcome.Done, null), ("version.retire", AuditOutcome.Refused, "statement_replayed")],
            records.Select(r => (r.Action, r.Outcome, r.Code)));
        Assert.Equal(history.Select(h => h.Change), records.Take(2).Select(r => r.Details["change"]));
        Assert.All(records, r => Assert.Equal((RegistryHome.Operator, "guide:v1"), (r.Actor, r.Subject)));
    }

    [Fact]
    public async Task A_subscriber_gets_every_change_and_goes_on_by_id_after_a_restart()
    {
        var model = new PushedModel(_home);
        await using (var events = await Subscription.OpenAsync(Client))
        {
            await Client.PushAsync(model);
            Assert.Equal((1, "pushed", new RegistryEvent("pushed", "guide", "v1")), await events.NextAsync());
            await PostStageAsync(model, 1, ModelStage.Approved);
            Assert.Equal((2, "promoted", new RegistryEvent("promoted", "guide", "v1")), await events.NextAsync());
        }

        await PostStageAsync(model, 2, ModelStage.Retired, revoked: true);
        await _registry.DisposeAsync();
        await InitializeAsync();
        await using var again = await Subscription.OpenAsync(Client, after: 1);
        Assert.Equal((2, "promoted"), (await again.NextAsync()) is var (id, kind, _) ? (id, kind) : default);
        Assert.Equal((3, "revoked"), (await again.NextAsync()) is var (id3, kind3, _) ? (id3, kind3) : default);
        Assert.Equal((410, "events_expired"), await Subscription.RefusalOfAsync(Client, "99"));
        Assert.Equal((400, "event_id_malformed"), await Subscription.RefusalOfAsync(Client, "x"));
    }

    /// <summary>Of the same store at each call.</summary>
    private protected abstract Task<Dictionary<string, string?>> SettingsAsync();

    private protected static string Stage(PushedModel model) => model.Address + "/stage";

    private Task<(int Status, string? Code)> PostStageAsync(PushedModel model, long sequence, ModelStage stage, bool revoked = false) =>
        StatusOfAsync(Client.PostAsync(Stage(model), _home.Stage(model.Name, model.Digest, sequence, stage, revoked, version: model.Version)));

    private byte[] Sbom(PushedModel model) => Attestation.Sign(
        model.Name, model.Version, model.Digest, AttestationType.Sbom, """{"bomFormat":"CycloneDX","specVersion":"1.6"}"""u8.ToArray(), _home.Approver).Value!;

    private static async Task<(int Status, string? Code)> StatusOfAsync(Task<(int Status, string? Code, VersionDocument? Version)> call) => ((await call).Status, (await call).Code);
}
