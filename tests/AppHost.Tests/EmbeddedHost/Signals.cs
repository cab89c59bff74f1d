using System.Diagnostics;
using System.Globalization;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>Signals and life signs of processes.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, int pid)
    {
        using var kill = Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -s {signal} {pid}")]);
        await kill.WaitForExitAsync();
    }

    /// <summary>A dead process may stay in the table until its parent asks for it: it is gone all the same.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static async Task AllGoneAsync(IEnumerable<int> pids, TimeSpan within)
    {
        var until = Stopwatch.StartNew();
        int[] left;
        while ((left = pids.Where(IsAlive).ToArray()).Length > 0)
        {
            Assert.True(until.Elapsed < within, $"still alive after {within}: {string.Join(", ", left)}");
            await Task.Delay(20);
        }
    }
}
