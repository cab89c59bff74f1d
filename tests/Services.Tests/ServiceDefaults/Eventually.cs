using System.Diagnostics;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>Waits for a condition instead of for a time.</summary>
public static class Eventually
{
    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what, int seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed.TotalSeconds < seconds, $"Not within {seconds} s: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// What takes less than this when the machine is left alone: once in a minute at least, since it is busy with other tests too.
    /// </summary>
    public static async Task OnceWithinAsync(TimeSpan bound, Func<Task<TimeSpan>> measure)
    {
        var clock = Stopwatch.StartNew();
        while (await measure() is var time && time >= bound)
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"{time}");
    }

    public static Task IsTrueAsync(Func<bool> condition, string what, int seconds = 60) => IsTrueAsync(() => Task.FromResult(condition()), what, seconds);
}
