using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The verb <c>fetch</c> beside the running suite.</summary>
[Collection(nameof(SuiteTests))]
public sealed class FetchTests(SuiteFixture suite) : IDisposable
{
    private const int Bytes = 96 * 1024 * 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("zakenak-fetch-").FullName;

    private string Destination => Path.Combine(_folder, "fetched");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_fetch_that_was_killed_goes_on_where_it_stopped_and_repairs_what_was_changed_since()
    {
        var model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        var key = Path.Combine(suite.StateFolder, "trust", "operator.pem");
        var weights = new byte[Bytes];
        new Random(1).NextBytes(weights);
        await File.WriteAllBytesAsync(Path.Combine(model, "weights.bin"), weights, Cancelled);
        await CliAsync("model", "sign", model, "--name", "large:v1", "--key", key);
        await CliAsync("model", "push", model, "--promote", "Approved", "--key", key);

        using (var killed = Start(ModelServer, Fetch))
        {
            // On a thread of its own: the pool's may be busy for as long as the transfer takes.
            await Task.Factory.StartNew(
                () =>
                {
                    while (!killed.HasExited && Partial() < Bytes / 8)
                    {
                        Thread.Sleep(1);
                    }

                    killed.Kill();
                },
                Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await killed.WaitForExitAsync(Cancelled);
            Assert.NotEqual(0, killed.ExitCode);
        }

        Assert.False(File.Exists(Path.Combine(Destination, "fetched.json")));
        var there = Partial();
        Assert.InRange(there, Bytes / 8, Bytes);
        Assert.Equal(Bytes - there, await TransferredAsync());
        var file = Path.Combine(Destination, "model", "weights.bin");
        Assert.Equal(weights, await File.ReadAllBytesAsync(file, Cancelled));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(file));

        Assert.Equal(0, await TransferredAsync());

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        weights[Bytes / 2] ^= 1;
        await File.WriteAllBytesAsync(file, weights, Cancelled);
        Assert.Equal(Bytes, await TransferredAsync());
    }

    private static string ModelServer => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "ModelServer", "debug", "ModelServer.dll"));

    private string[] Fetch => ["fetch", "--model", "large:v1", "--dest", Destination];

    private long Partial()
    {
        var partial = Path.Combine(Destination, ".partial");
        return Directory.Exists(partial) ? new DirectoryInfo(partial).GetFiles().Sum(file => file.Exists ? file.Length : 0) : 0;
    }

    private async Task<long> TransferredAsync()
    {
        var output = await RunAsync(ModelServer, Fetch);
        return long.Parse(Regex.Match(output, @"verified; (\d+) bytes").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task<string> CliAsync(params string[] arguments) => RunAsync(Path.Combine(AppContext.BaseDirectory, "zakenak.dll"), arguments);

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Start(program, arguments);
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        var output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        Assert.True(process.ExitCode == 0, output + await error);
        return output;
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ZAKENAK_HOME"] = suite.StateFolder;
        return Process.Start(start)!;
    }
}
