using System.Diagnostics;
using System.Globalization;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>Processor time of the calling thread: what else the machine has to do is not what a test measures.</summary>
internal static class ThreadTime
{
    // The kernel's own account: nanoseconds on a processor, then what does not matter here (Documentation/scheduler/sched-stats.rst).
    private const string Account = "/proc/thread-self/schedstat";

    /// <summary>Since some moment; by the clock where the system keeps no such account.</summary>
    public static TimeSpan Now => File.Exists(Account)
        ? TimeSpan.FromTicks(long.Parse(File.ReadAllText(Account).Split(' ')[0], CultureInfo.InvariantCulture) / 100)
        : Stopwatch.GetElapsedTime(0);
}
