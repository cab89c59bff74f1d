using System.Diagnostics;

namespace Zakenak.Services.Tests.ModelDelivery;

/// <summary>Transfers whose process is killed, against the real registry.</summary>
public sealed class KilledTransferTests : IAsyncLifetime
{
    private const int Bytes = 128 * 1024 * 1024;

    private Desk _desk = null!;

    public async ValueTask InitializeAsync()
    {
        _desk = await Desk.OpenAsync();
        _desk.Sign("big", "big:v1", Bytes);
    }

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task A_push_and_a_pull_that_were_killed_go_on_where_they_were()
    {
        await KillWhen(() => UploadedBytes() > 12_000_000, "model", "push", "big");
        Assert.True(await _desk.Cli.Run("model", "push", "big", "--promote", "Approved", "--key", "approver.pem", "--output", "json") == 0, _desk.Cli.Output);
        Assert.InRange((long)_desk.Cli.Json["bytesSent"]!, 1, Bytes - 8_000_000);

        await KillWhen(() => PartialBytes() > 12_000_000, "model", "pull", "big:v1", "--dest", "pulled");
        Assert.False(File.Exists(_desk.In("pulled", "fetched.json")));
        var found = PartialBytes();
        Assert.True(await _desk.Cli.Run("model", "pull", "big:v1", "--dest", "pulled", "--output", "json") == 0, _desk.Cli.Output);
        Assert.InRange((long)_desk.Cli.Json["bytesReceived"]!, 1, Bytes + 1000 - found);
        Assert.True(await _desk.Cli.Run("model", "verify", "pulled/model", "--public-key", "signer.pub.pem") == 0, _desk.Cli.Error);
    }

    private async Task KillWhen(Func<bool> reached, params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "zakenak"), command)
        {
            WorkingDirectory = _desk.Root,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;

        // On a thread of its own: the pool's may be busy for as long as the transfer takes.
        await Task.Factory.StartNew(
            () =>
            {
                while (!process.HasExited && !reached())
                    Thread.Sleep(1);
                process.Kill();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 137, $"{command[1]} ended before it could be killed: {await process.StandardError.ReadToEndAsync()}");
    }

    private long UploadedBytes() => Sum(Path.Combine(_desk.Home.Directory, "uploads"));

    private long PartialBytes() => Sum(_desk.In("pulled", ".partial"));

    private static long Sum(string folder) =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0) : 0;
}
