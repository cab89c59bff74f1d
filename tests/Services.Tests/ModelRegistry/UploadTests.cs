using System.Security.Cryptography;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.ModelRegistry;

public sealed class UploadTests : IAsyncLifetime
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
    public async Task A_blob_is_there_once_its_last_byte_is_and_comes_back_as_it_was()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        var begun = await Client.BeginAsync(content);
        Assert.Equal((201, 0), (begun.Status, begun.State!.Offset));
        Assert.Equal((204, null, 100_000), await Client.PatchAsync(begun.State.Location!, 0, content[..100_000]));
        Assert.Equal(404, (await Client.HeadAsync(BlobOf(content))).Status);
        Assert.Equal((204, 100_000), await Client.HeadAsync(begun.State.Location!));
        Assert.Equal((201, null, 300_000), await Client.PatchAsync(begun.State.Location!, 100_000, content[100_000..]));
        Assert.Equal(content, await Client.GetByteArrayAsync(BlobOf(content)));
        Assert.Equal((200, null, new UploadState(null, content.Length)), await Client.BeginAsync(content));
        Assert.Equal(404, (await Client.HeadAsync(begun.State.Location!)).Status);
    }

    [Fact]
    public async Task An_upload_is_found_again_by_its_digest_and_goes_on_after_a_restart()
    {
        var content = RandomNumberGenerator.GetBytes(3_000_000);
        var begun = await Client.BeginAsync(content);
        await Client.PatchAsync(begun.State!.Location!, 0, content[..2_000_000]);
        await _registry.DisposeAsync();
        await InitializeAsync();
        var again = await Client.BeginAsync(content);
        Assert.Equal((200, null, new UploadState(begun.State.Location, 2_000_000)), again);
        Assert.Equal(201, (await Client.PatchAsync(begun.State.Location!, 2_000_000, content[2_000_000..])).Status);
        Assert.Equal(content, await Client.GetByteArrayAsync(BlobOf(content)));
    }

    private static string BlobOf(byte[] content) => "/v1/blobs/" + PushedModel.DigestOf(content);
}
