using System.Diagnostics;
using System.Globalization;
using System.Text;
using Zakenak.Gateway.State;

namespace Zakenak.Services.Tests.Gateway.State;

/// <summary>A gateway that is killed in the middle of a change has the state before it or after it, and what it acknowledged in any case.</summary>
public sealed class StateCrashTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-state-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_process_killed_at_any_moment_leaves_a_whole_file_with_all_that_it_acknowledged()
    {
        var path = Path.Combine(_folder.FullName, "state.json");
        var acknowledged = 0;
        for (var life = 0; life < 5; life++)
        {
            using var writer = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "StateWriter.exe" : "StateWriter"), [path])
            {
                RedirectStandardOutput = true,
            })!;
            var goal = acknowledged + 20;
            while (acknowledged < goal)
                acknowledged = int.Parse((await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!, CultureInfo.InvariantCulture);
            writer.Kill(); // SIGKILL
            while (await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
                acknowledged = Math.Max(acknowledged, int.TryParse(line, out var number) ? number : 0);
            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

            await using var store = new FileStateStore(path, TimeSpan.FromSeconds(1), TimeProvider.System);
            var stored = Encoding.UTF8.GetString((await store.ReadAsync(default)).Content!);
            var digits = stored.TrimEnd('x');
            Assert.Equal(20_000, stored.Length - digits.Length);
            Assert.InRange(int.Parse(digits, CultureInfo.InvariantCulture), acknowledged, acknowledged + 1);
            acknowledged = int.Parse(digits, CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Of_two_who_change_the_same_state_one_is_told_to_look_again()
    {
        var path = Path.Combine(_folder.FullName, "state.json");
        await using var one = new FileStateStore(path, TimeSpan.FromSeconds(1), TimeProvider.System);
        await using var two = new FileStateStore(path, TimeSpan.FromSeconds(1), TimeProvider.System);
        var (seenByOne, seenByTwo) = (await one.ReadAsync(default), await two.ReadAsync(default));
        Assert.True(await one.TryWriteAsync(seenByOne, "1"u8.ToArray(), default));
        Assert.False(await two.TryWriteAsync(seenByTwo, "2"u8.ToArray(), default));
        Assert.Equal("1"u8.ToArray(), (await two.ReadAsync(default)).Content);
    }
}
