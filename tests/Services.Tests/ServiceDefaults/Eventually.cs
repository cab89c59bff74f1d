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

    public static Task IsTrueAsync(Func<bool> condition, string what, int seconds = 60) => IsTrueAsync(() => Task.FromResult(condition()), what, seconds);
}
