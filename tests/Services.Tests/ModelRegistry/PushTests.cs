using System.Net.Http.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.Services.Tests.ModelRegistry;

public sealed class PushTests : IAsyncLifetime
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
        var listing = (await Client.GetFromJsonAsync<ModelListing>("/v1/models"))!;
        Assert.Equal(new VersionSummary("v1", model.Digest, "Draft", false, 3100), listing.Models.Single().Versions.Single());
        Assert.Equal((200, null), ((await Client.PushAsync(model)).Status, (await Client.PushAsync(model)).Code));
    }

    [Fact]
    public async Task A_version_is_promoted_and_revoked_by_signed_statements()
    {
        var model = new PushedModel(_home);
        await Client.PushAsync(model);
        var promoted = await Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, 1, ModelStage.Approved));
        Assert.Equal((200, null, "Approved"), (promoted.Status, promoted.Code, promoted.Version?.Stage));
        var revoked = await Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, 2, ModelStage.Retired, revoked: true));
        Assert.Equal((200, true), (revoked.Status, revoked.Version?.Revoked));
        Assert.Equal(["pushed", "promoted", "revoked"], revoked.Version!.History.Select(h => h.Action));
    }
}
