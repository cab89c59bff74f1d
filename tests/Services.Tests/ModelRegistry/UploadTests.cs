using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.ModelRegistry;
using Zakenak.Services.Tests.ServiceDefaults;

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

    [Fact]
    public async Task Bytes_of_another_digest_are_deleted_and_never_served()
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        var location = (await Client.BeginAsync(content)).State!.Location!;
        content[500] ^= 1;
        Assert.Equal((422, "digest_mismatch", null), await Client.PatchAsync(location, 0, content));
        Assert.Equal(404, (await Client.HeadAsync(BlobOf(content))).Status);
        Assert.Equal((404, "upload_not_found", null), await Client.PatchAsync(location, 0, content));
    }

    [Fact]
    public async Task A_wrong_offset_is_answered_with_the_true_one_and_more_than_announced_is_refused()
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        var location = (await Client.BeginAsync(content)).State!.Location!;
        await Client.PatchAsync(location, 0, content[..300]);
        Assert.Equal((409, "offset_mismatch", 300), await Client.PatchAsync(location, 200, content[200..]));
        Assert.Equal((413, "upload_too_long", 300), await Client.PatchAsync(location, 300, new byte[701]));
        Assert.Equal((201, null, 1000), await Client.PatchAsync(location, 300, content[300..]));
    }

    [Fact]
    public async Task Many_uploads_run_at_once()
    {
        var blobs = Enumerable.Range(0, 8).Select(_ => RandomNumberGenerator.GetBytes(1_000_000)).ToList();
        await Task.WhenAll(blobs.Select(Client.UploadAsync));
        foreach (var blob in blobs)
        {
            Assert.Equal(blob, await Client.GetByteArrayAsync(BlobOf(blob)));
        }
    }

    [Fact]
    public async Task A_blob_may_be_empty_and_a_request_may_not_be_nonsense()
    {
        Assert.Equal((200, null, new UploadState(null, 0)), await Client.BeginAsync([]));
        Assert.Empty(await Client.GetByteArrayAsync(BlobOf([])));
        Assert.Equal((400, "digest_malformed", null), await Client.BeginAsync([], digest: "sha256:../../etc/passwd"));
        Assert.Equal((413, "blob_too_large", null), await Client.BeginAsync([1], bytes: -1));
        Assert.Equal((413, "blob_too_large", null), await Client.BeginAsync([2], bytes: long.MaxValue));
        Assert.Equal((507, "insufficient_disk", null), await Client.BeginAsync([3], bytes: 200L << 30));
        Assert.Equal((404, "upload_not_found", null), await Client.PatchAsync("/v1/uploads/..%2f..%2fversions", 0, [1]));
        using var malformed = await Client.PostAsync("/v1/uploads", new StringContent("{\"digest\":1}", null, "application/json"));
        Assert.Equal("request_malformed", await RegistryCalls.CodeOfAsync(malformed));
    }

    [Fact]
    public async Task The_number_of_open_uploads_is_bounded_and_ended_ones_make_room()
    {
        await _registry.DisposeAsync();
        _registry = await RunningRegistry.StartAsync(_home, new() { ["Registry:MaxOpenUploads"] = "2" });
        var first = (await Client.BeginAsync([1])).State!.Location!;
        await Client.BeginAsync([2]);
        Assert.Equal((429, "too_many_uploads"), ((await Client.BeginAsync([3])) is var (status, code, _)) ? (status, code) : default);
        using (var deleted = await Client.DeleteAsync(first))
        {
            Assert.Equal(204, (int)deleted.StatusCode);
        }

        Assert.Equal(201, (await Client.BeginAsync([3])).Status);
    }

    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_is_collected()
    {
        var (old, young) = ((await Client.BeginAsync([1])).State!.Location!, (await Client.BeginAsync([2])).State!.Location!);
        File.SetLastWriteTimeUtc(Path.Combine(_home.Directory, "uploads", Path.GetFileName(old), "data"), DateTime.UtcNow.AddDays(-2));
        Assert.Equal(1, _registry.Services.GetRequiredService<UploadStore>().Collect());
        Assert.Equal((404, 204), ((await Client.HeadAsync(old)).Status, (await Client.HeadAsync(young)).Status));
    }

    [Fact]
    public async Task A_client_that_comes_back_takes_the_upload_over_from_its_own_dead_connection()
    {
        var content = RandomNumberGenerator.GetBytes(500_000);
        var location = (await Client.BeginAsync(content)).State!.Location!;
        var hanging = new TaskCompletionSource();
        var dead = Client.PatchAsync(location, 0, new HangingContent(content[..200_000], hanging.Task));
        var data = new FileInfo(Path.Combine(_home.Directory, "uploads", Path.GetFileName(location), "data"));
        await Eventually.IsTrueAsync(
            () =>
            {
                data.Refresh();
                return data.Length == 200_000;
            },
            "the first bytes arrive");
        Assert.Equal((204, 200_000), await Client.HeadAsync(location));
        Assert.Equal(201, (await Client.PatchAsync(location, 200_000, content[200_000..])).Status);
        hanging.SetResult();
        try
        {
            Assert.Equal((409, "upload_taken_over"), (await dead) is var (status, code, _) ? (status, code) : default);
        }
        catch (HttpRequestException)
        {
            // The answer came before the body's end, and the connection went with it.
        }

        Assert.Equal(content, await Client.GetByteArrayAsync(BlobOf(content)));
    }

    [Theory]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=990-", 990, 10)]
    [InlineData("bytes=-5", 995, 5)]
    [InlineData("bytes=500-5000", 500, 500)]
    public async Task A_range_of_a_blob_is_served_with_what_a_cache_needs(string range, int from, int length)
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        await Client.UploadAsync(content);
        using var answer = await GetAsync(content, "Range", range);
        Assert.Equal(206, (int)answer.StatusCode);
        Assert.Equal(content[from..(from + length)], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal($"bytes {from}-{from + length - 1}/1000", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal($"\"{PushedModel.DigestOf(content)}\"", answer.Headers.ETag!.ToString());
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_beyond_the_end_and_a_known_blob_are_said_to_be_so()
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        await Client.UploadAsync(content);
        using var beyond = await GetAsync(content, "Range", "bytes=1000-");
        Assert.Equal((416, "range_not_satisfiable"), ((int)beyond.StatusCode, await RegistryCalls.CodeOfAsync(beyond)));
        Assert.Equal("bytes */1000", beyond.Content.Headers.ContentRange!.ToString());
        using var known = await GetAsync(content, "If-None-Match", $"\"{PushedModel.DigestOf(content)}\"");
        Assert.Equal(304, (int)known.StatusCode);
        using var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, BlobOf(content)));
        Assert.Equal((200, 1000), ((int)head.StatusCode, head.Content.Headers.ContentLength));
    }

    private async Task<HttpResponseMessage> GetAsync(byte[] content, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, BlobOf(content));
        request.Headers.TryAddWithoutValidation(header, value);
        return await Client.SendAsync(request);
    }

    private static string BlobOf(byte[] content) => "/v1/blobs/" + PushedModel.DigestOf(content);

    /// <summary>Sends what it has and then neither more nor the end, as a machine does that was unplugged.</summary>
    private sealed class HangingContent(byte[] first, Task hanging) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(first);
            await stream.FlushAsync();
            await hanging;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
