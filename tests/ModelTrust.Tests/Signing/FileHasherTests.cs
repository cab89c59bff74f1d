using System.Security.Cryptography;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

public sealed class FileHasherTests : IDisposable
{
    private const int Window = 16 * 1024 * 1024;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1024 * 1024) - 1)]
    [InlineData(1024 * 1024)]
    [InlineData(Window)]
    [InlineData(Window + 4097)]
    public void A_file_of_any_length_has_the_digest_of_its_bytes(int length)
    {
        var path = Write(length);
        using var file = File.OpenHandle(path);
        long told = 0;

        var digest = FileHasher.Hash(file, path, length, isAlone: false, sink: null, bytes => told += bytes, TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), digest.Value);
        Assert.Equal(length, told);
    }

    [Fact]
    public async Task Whoever_empties_a_file_while_it_is_hashed_waits_and_is_found_out()
    {
        var path = Write(3 * Window);
        using var file = File.OpenHandle(path);
        Task? emptying = null;

        var digest = FileHasher.Hash(file, path, 3 * Window, isAlone: false, sink: null, Emptied, TestContext.Current.CancellationToken);
        await emptying!;

        Assert.Equal(RefusalCodes.FileUnreadable, digest.Refusal?.Code);
        Assert.Equal(0, new FileInfo(path).Length);

        void Emptied(long bytes)
        {
            if (emptying is null)
            {
                emptying = Task.Run(() => File.WriteAllBytes(path, []), TestContext.Current.CancellationToken);
                SpinWait.SpinUntil(() => emptying.IsCompleted || LinuxNative.FileControl(file, LinuxNative.GetLease, 0) != LinuxNative.ReadLock, TimeSpan.FromSeconds(60));
            }
        }
    }

    [Fact]
    public void A_file_that_somebody_writes_to_is_read_instead()
    {
        var path = Write(2 * Window);
        using var writer = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite);

        Assert.Null(FileLease.TryTake(file));
        var digest = FileHasher.Hash(file, path, 2 * Window, isAlone: false, sink: null, advanced: null, TestContext.Current.CancellationToken);
        Assert.True(digest.IsSuccess);
    }

    [Fact]
    public async Task A_lease_makes_a_writer_wait_until_it_ends()
    {
        var path = Write(1);
        using var file = File.OpenHandle(path);
        var lease = FileLease.TryTake(file);
        Assert.SkipWhen(lease is null, "This file system grants no leases.");
        Assert.True(lease.IsHeld);

        var writing = Task.Run(() => File.WriteAllBytes(path, [1, 2]), TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => !lease.IsHeld, TimeSpan.FromSeconds(60)));
        Assert.Equal(1, RandomAccess.GetLength(file));

        lease.Dispose();
        await writing.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(2, RandomAccess.GetLength(file));
    }

    private string Write(int length)
    {
        var path = Path.Combine(_folder.Path, "weights");
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
