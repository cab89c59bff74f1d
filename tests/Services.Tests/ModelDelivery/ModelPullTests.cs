using System.Diagnostics;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelDelivery.Pushing;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelDelivery;

public sealed class ModelPullTests : IAsyncLifetime
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly TransferOptions Pieces = new() { SegmentBytes = 64 * 1024, Connections = 3 };

    private readonly SignedFolder _folder = new();
    private StandInRegistry _registry = null!;

    private string BigFile => Path.Combine(_folder.Destination, "model", "big.bin");

    private string Partial => Path.Combine(_folder.Destination, ".partial");

    public async ValueTask InitializeAsync()
    {
        _registry = await StandInRegistry.StartAsync();
        Assert.True((await new ModelPush(_registry.CreateClient()).RunAsync(_folder.Model)).IsSuccess);
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_version_arrives_whole_verified_and_read_only_and_is_marked_last()
    {
        var reports = new List<TransferProgress>();
        var pulled = await Pull(progress: new Collected(reports));
        Assert.True(pulled.IsSuccess, pulled.Refusal?.ToString());
        Assert.Equal(_folder.Big, await File.ReadAllBytesAsync(BigFile));
        Assert.Null(ModelVerifier.Verify(Path.Combine(_folder.Destination, "model"), Path.Combine(_folder.Destination, "model", "model.sig"), _folder.Signers).Refusal);
        Assert.All(Directory.GetFiles(Path.Combine(_folder.Destination, "model"), "*", SearchOption.AllDirectories), path => Assert.Equal(ReadOnly, File.GetUnixFileMode(path)));
        Assert.Equal(_registry.Versions["small:v1"].Digest, FetchedModel.Read(_folder.Destination).Value!.Digest);
        Assert.Equal(["lock"], Directory.GetFiles(Partial).Select(Path.GetFileName));
        Assert.Equal((4, 4, 1_000_007, 1_000_007), (reports[^1].FilesDone, reports[^1].FilesTotal, reports[^1].BytesDone, reports[^1].BytesTotal));
        Assert.Equal(1_000_007, pulled.Value.BytesTransferred);
    }

    [Fact]
    public async Task A_second_pull_moves_no_byte_and_mends_what_was_changed_meanwhile()
    {
        Assert.True((await Pull()).IsSuccess);
        var sent = _registry.BytesSent;
        Assert.Equal(0, (await Pull()).Value!.BytesTransferred);
        Assert.Equal(sent, _registry.BytesSent);

        File.SetUnixFileMode(BigFile, ReadOnly | UnixFileMode.UserWrite);
        await using (var file = File.OpenWrite(BigFile))
        {
            file.Position = 500_000;
            file.WriteByte((byte)~_folder.Big[500_000]);
        }

        Assert.Equal(1_000_000, (await Pull()).Value!.BytesTransferred);
        Assert.Equal(_folder.Big, await File.ReadAllBytesAsync(BigFile));
        Assert.Equal(ReadOnly, File.GetUnixFileMode(BigFile));
    }

    [Fact]
    public async Task Broken_connections_and_busy_answers_are_taken_up_where_they_broke()
    {
        foreach (var cut in new[] { 10, 1, 30_000, 64_000, 0, 5 })
        {
            _registry.Cuts.Enqueue(cut);
        }

        _registry.Failures.Enqueue(503);
        _registry.Failures.Enqueue(429);
        var pulled = await Pull();
        Assert.True(pulled.IsSuccess, pulled.Refusal?.ToString());
        Assert.Equal(_folder.Big, await File.ReadAllBytesAsync(BigFile));
        Assert.Equal(1_000_007, pulled.Value.BytesTransferred);
    }

    [Fact]
    public async Task What_an_interrupted_pull_left_is_hashed_again_and_not_fetched_again()
    {
        _registry.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancellation = new CancellationTokenSource();
        var pulling = Pull(cancellationToken: cancellation.Token);
        await Eventually.IsTrueAsync(() => PartialBytes() == 64 * 1024, "the first piece is on disk");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pulling);
        Assert.Equal(RefusalCodes.FetchIncomplete, FetchedModel.Read(_folder.Destination).Refusal?.Code);
        Assert.False(File.Exists(BigFile));

        _registry.Gate.SetResult();
        var pulled = await Pull();
        Assert.True(pulled.IsSuccess, pulled.Refusal?.ToString());
        Assert.True(pulled.Value.BytesTransferred <= 1_000_007 - (64 * 1024));
        Assert.Equal(_folder.Big, await File.ReadAllBytesAsync(BigFile));
    }

    [Fact]
    public async Task A_partial_file_that_was_tampered_with_costs_a_second_download_and_nothing_else()
    {
        Directory.CreateDirectory(Partial);
        var digest = _registry.Versions["small:v1"].Files.Single(file => file.Path == "big.bin").Digest["sha256:".Length..];
        await File.WriteAllBytesAsync(Path.Combine(Partial, digest), new byte[300_000]);
        var pulled = await Pull();
        Assert.True(pulled.IsSuccess, pulled.Refusal?.ToString());
        Assert.Equal(_folder.Big, await File.ReadAllBytesAsync(BigFile));

        // Longer than the blob can't be a beginning of it.
        File.Delete(BigFile);
        await File.WriteAllBytesAsync(Path.Combine(Partial, digest), new byte[2_000_000]);
        Assert.Equal(1_000_000, (await Pull()).Value!.BytesTransferred);
    }

    [Fact]
    public async Task Other_bytes_than_the_signed_ones_are_refused_and_not_kept()
    {
        var digest = _registry.Versions["small:v1"].Files.Single(file => file.Path == "big.bin").Digest;
        var lie = (byte[])_folder.Big.Clone();
        lie[^1] ^= 1;
        _registry.Blobs[digest] = lie;
        Assert.Equal(RefusalCodes.DigestMismatch, (await Pull()).Refusal?.Code);
        Assert.Equal(0, PartialBytes());
        Assert.False(File.Exists(BigFile));
        Assert.False(File.Exists(Path.Combine(_folder.Destination, FetchedModel.FileName)));
    }

    [Theory]
    [InlineData("stranger", RefusalCodes.SignerNotAllowed)]
    [InlineData("pin", RefusalCodes.DigestMismatch)]
    [InlineData("policy", RefusalCodes.ModelNotServable)]
    [InlineData("digest", RefusalCodes.RootDigestMismatch)]
    [InlineData("name", RefusalCodes.RegistryMalformed)]
    [InlineData("subject", RefusalCodes.SubjectMismatch)]
    [InlineData("unsigned", RefusalCodes.SignatureMissing)]
    [InlineData("extra", RefusalCodes.UnlistedFile)]
    [InlineData("less", RefusalCodes.MissingFile)]
    [InlineData("swapped", RefusalCodes.DigestMismatch)]
    [InlineData("negative", RefusalCodes.RegistryMalformed)]
    [InlineData("huge", RefusalCodes.InsufficientDisk)]
    public async Task A_lying_registry_is_refused_before_a_blob_is_asked_for(string lie, string code)
    {
        using var stranger = SigningKey.Create(SigningCurve.P256);
        var document = _registry.Versions["small:v1"];
        var big = document.Files.Single(file => file.Path == "big.bin");
        IReadOnlyList<VersionFile> Instead(VersionFile file) => [.. document.Files.Where(f => f != big), file];
        _registry.Versions["small:v1"] = lie switch
        {
            "digest" => document with { Digest = "sha256:" + new string('0', 64) },
            "name" => document with { Name = "other" },
            "unsigned" => document with { Signatures = [] },
            "extra" => document with { Files = [.. document.Files, big with { Path = "../../evil" }] },
            "less" => document with { Files = [.. document.Files.Where(file => file != big)] },
            "swapped" => document with { Files = Instead(big with { Digest = document.Files.First(file => file != big).Digest }) },
            "negative" => document with { Files = Instead(big with { Bytes = -1 }) },
            "huge" => document with { Files = Instead(big with { Bytes = 1L << 60 }) },
            _ => document,
        };
        if (lie == "subject")
        {
            _registry.Versions["other:v2"] = document with { Name = "other", Version = "v2" };
        }

        var request = Request() with
        {
            Signers = lie == "stranger" ? AllowedSigners.Only(stranger.PublicKey) : _folder.Signers,
            PinnedDigest = lie == "pin" ? "sha256:" + new string('1', 64) : null,
            Decide = lie == "policy" ? (_, _) => new Refusal(RefusalCodes.ModelNotServable, "No.") : null,
            Name = lie == "subject" ? "other" : "small",
            Version = lie == "subject" ? "v2" : "v1",
        };
        Assert.Equal(code, (await new ModelPull(_registry.CreateClient()).RunAsync(request)).Refusal?.Code);
        Assert.Equal(0, _registry.BlobRequests);
        Assert.False(File.Exists(Path.Combine(_folder.Destination, FetchedModel.FileName)));
    }

    [Fact]
    public async Task A_folder_with_another_version_another_file_or_another_pull_is_left_alone()
    {
        Assert.True((await Pull()).IsSuccess);
        _folder.Sign("small:v2");
        Assert.True((await new ModelPush(_registry.CreateClient()).RunAsync(_folder.Model)).IsSuccess);
        Assert.Equal(RefusalCodes.DestinationTaken, (await new ModelPull(_registry.CreateClient()).RunAsync(Request() with { Version = "v2" })).Refusal?.Code);

        using (new FileStream(Path.Combine(Partial, "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(RefusalCodes.PullInProgress, (await Pull()).Refusal?.Code);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder.Destination, "model", "extra"), "x");
        Assert.Equal(RefusalCodes.UnlistedFile, (await Pull()).Refusal?.Code);
    }

    [Fact]
    public async Task A_registry_that_falls_silent_ends_the_pull_after_the_time_of_no_progress()
    {
        _registry.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pulled = await new ModelPull(_registry.CreateClient()).RunAsync(Request() with { Transfer = Pieces with { NoProgressTimeout = TimeSpan.FromSeconds(5) } });
        Assert.Equal(RefusalCodes.TransferStalled, pulled.Refusal?.Code);
        Assert.True(PartialBytes() > 0);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_said_at_once()
    {
        await Eventually.OnceWithinAsync(TimeSpan.FromSeconds(3), async () =>
        {
            var clock = Stopwatch.StartNew();
            using var http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1") };
            var pulled = await new ModelPull(new RegistryClient(http)).RunAsync(Request());
            Assert.Equal(RefusalCodes.RegistryUnreachable, pulled.Refusal?.Code);
            return clock.Elapsed;
        });
        Assert.False(Directory.Exists(_folder.Destination));
    }

    private Task<Result<PulledModel>> Pull(IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new ModelPull(_registry.CreateClient()).RunAsync(Request(), progress, cancellationToken);

    private PullRequest Request() => new() { Name = "small", Version = "v1", Destination = _folder.Destination, Signers = _folder.Signers, Transfer = Pieces };

    private long PartialBytes() =>
        Directory.Exists(Partial) ? new DirectoryInfo(Partial).GetFiles().Where(file => file.Name != "lock").Sum(file => file.Length > 100 ? file.Length : 0) : 0;

    private sealed class Collected(List<TransferProgress> reports) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            lock (reports)
            {
                reports.Add(value);
            }
        }
    }
}
