using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelDelivery.Pushing;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Stages;
using Zakenak.Services.Tests.ModelRegistry;

namespace Zakenak.Services.Tests.ModelDelivery;

/// <summary>The events of the real registry, as its client hears them.</summary>
public sealed class WatchTests : IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly RegistryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Every_change_is_heard_and_after_a_break_those_that_were_missed()
    {
        await using var registry = await RunningRegistry.StartAsync(_home);
        var client = new RegistryClient(registry.Operator);
        using var folder = new SignedFolder(1000);
        Assert.Null(ModelTrust.Signing.ModelSigner.Sign(folder.Model, Path.Combine(folder.Model, "model.sig"), _home.Signer, "small:v1").Refusal);
        var digest = (await new ModelPush(client).RunAsync(folder.Model)).Value!.Digest;
        var pushed = await NextAsync(client, "0");
        Assert.Equal(("pushed", "small", "v1"), (pushed.Event.Kind, pushed.Event.Name, pushed.Event.Version));

        var waiting = NextAsync(client, pushed.Id);
        Assert.Null(await client.SetStageAsync("small", "v1", _home.Stage("small", digest, 1, ModelStage.Approved)));
        Assert.Equal("promoted", (await waiting).Event.Kind);
        Assert.Null(await client.SetStageAsync("small", "v1", _home.Stage("small", digest, 2, ModelStage.Retired, revoked: true)));
        Assert.Equal("revoked", (await NextAsync(client, (await NextAsync(client, pushed.Id)).Id)).Event.Kind);
    }

    [Fact]
    public async Task A_registry_that_falls_silent_or_is_gone_ends_the_watch_with_the_reason()
    {
        await using var registry = await RunningRegistry.StartAsync(_home);
        var heard = await FirstAsync(new RegistryClient(registry.ClientOf(ServiceNames.ModelServer)), null, TimeSpan.FromMilliseconds(500));
        Assert.Equal(RefusalCodes.RegistryUnreachable, heard.Refusal?.Code);
        using var nobody = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1") };
        Assert.Equal(RefusalCodes.RegistryUnreachable, (await FirstAsync(new RegistryClient(nobody), null, Silence)).Refusal?.Code);
    }

    private static async Task<WatchedEvent> NextAsync(RegistryClient client, string after)
    {
        var first = await FirstAsync(client, after, Silence);
        Assert.True(first.IsSuccess, first.Refusal?.ToString());
        return first.Value;
    }

    private static async Task<Result<WatchedEvent>> FirstAsync(RegistryClient client, string? after, TimeSpan silence)
    {
        await foreach (var heard in client.WatchAsync(after, silence, TestContext.Current.CancellationToken))
        {
            return heard;
        }

        throw new InvalidOperationException("The registry ended the stream.");
    }
}
