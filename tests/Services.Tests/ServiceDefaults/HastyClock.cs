namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>A clock of which minutes pass in tenths of a second, timers included.</summary>
public sealed class HastyClock : TimeProvider
{
    private const int Factor = 600;

    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow;
    private readonly long _began = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + (System.GetElapsedTime(_began) * Factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Hasten(dueTime), Hasten(period));

    private static TimeSpan Hasten(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Factor;
}
