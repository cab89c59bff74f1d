using Zakenak.ModelDelivery;
using Zakenak.ModelDelivery.Pushing;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelDelivery;

public sealed class ModelPushTests : IAsyncLifetime
{
    private readonly SignedFolder _folder = new();
    private StandInRegistry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await StandInRegistry.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_folder_is_pushed_once_each_content_once()
    {
        var pushed = await Push();
        Assert.True(pushed.IsSuccess, pushed.Refusal?.ToString());
        Assert.True(pushed.Value.IsNew);
        Assert.Equal(1_000_007, pushed.Value.BytesTransferred);
        Assert.Equal(3, _registry.Blobs.Count);
        Assert.Equal(4, _registry.Versions["small:v1"].Files.Count);

        var again = await Push();
        Assert.False(again.Value!.IsNew);
        Assert.Equal(0, again.Value.BytesTransferred);
        Assert.Equal(pushed.Value.Digest, again.Value.Digest);
    }

    [Fact]
    public async Task Blobs_that_the_registry_has_are_not_sent_again()
    {
        await Push();
        _folder.Sign("small:v2");
        var pushed = await Push();
        Assert.True(pushed.Value!.IsNew);
        Assert.Equal(0, pushed.Value.BytesTransferred);
    }

    [Fact]
    public async Task A_broken_upload_goes_on_where_the_registry_says()
    {
        _registry.Cuts.Enqueue(100_000);
        _registry.Cuts.Enqueue(1);
        var pushed = await Push(new TransferOptions { UploadBytes = 300_000 });
        Assert.True(pushed.IsSuccess, pushed.Refusal?.ToString());
        Assert.Equal(1_000_007, _registry.BytesTaken);
    }

    [Fact]
    public async Task An_upload_of_an_earlier_process_is_taken_up()
    {
        _registry.Cuts.Enqueue(400_000);
        using var cancellation = new CancellationTokenSource();
        var pushing = Push(cancellationToken: cancellation.Token);
        await Eventually.IsTrueAsync(() => _registry.BytesTaken >= 400_000, "a part is there");
        await cancellation.CancelAsync();
        await Record.ExceptionAsync(() => pushing);
        Assert.True((await Push()).IsSuccess);
        Assert.Equal(1_000_007, _registry.BytesTaken);
    }

    [Fact]
    public async Task A_file_that_was_changed_after_signing_is_not_sent()
    {
        await File.AppendAllTextAsync(Path.Combine(_folder.Model, "README.md"), "!");
        Assert.Equal(RefusalCodes.DigestMismatch, (await Push()).Refusal?.Code);
        Assert.Equal(0, _registry.BytesTaken);
        await File.WriteAllTextAsync(Path.Combine(_folder.Model, "unlisted"), "!");
        Assert.Equal(RefusalCodes.UnlistedFile, (await Push()).Refusal?.Code);
    }

    [Fact]
    public async Task A_version_with_other_content_is_refused_before_anything_is_sent()
    {
        await Push();
        await File.AppendAllTextAsync(Path.Combine(_folder.Model, "README.md"), "!");
        _folder.Sign("small:v1");
        var taken = _registry.BytesTaken;
        Assert.Equal(RefusalCodes.VersionExists, (await Push()).Refusal?.Code);
        Assert.Equal(taken, _registry.BytesTaken);
    }

    [Fact]
    public async Task An_unsigned_folder_and_one_signed_as_no_version_say_what_to_do()
    {
        _folder.Sign("just a name");
        Assert.Equal(RefusalCodes.SubjectMismatch, (await Push()).Refusal?.Code);
        File.Delete(Path.Combine(_folder.Model, SignatureBundle.FileName));
        Assert.Equal(RefusalCodes.SignatureMissing, (await Push()).Refusal?.Code);
    }

    private Task<Result<PushedModel>> Push(TransferOptions? options = null, CancellationToken cancellationToken = default) =>
        new ModelPush(_registry.CreateClient()).RunAsync(_folder.Model, options: options, cancellationToken: cancellationToken);
}
