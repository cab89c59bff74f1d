namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>
/// The machine's clock, which a test puts forward: so an hour ends when the test says so, and not while a busy machine is at something else. For one that
/// waits for a moment and looks at the clock every few seconds, which then happens more often.
/// </summary>
public sealed class ForwardClock : TimeProvider
{
    private static readonly TimeSpan _fewSeconds = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    private long _aheadTicks;
    private volatile bool _isLookedAt;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var looks = dueTime > _look && dueTime <= _fewSeconds && period == Timeout.InfiniteTimeSpan;
        if (looks)
            _isLookedAt = true;
        return base.CreateTimer(callback, state, looks ? _look : dueTime, period);
    }

    /// <summary>Puts it forward once the one who waits does so: the moment that it waits for was reckoned by the clock of before.</summary>
    public async Task PutForwardAsync(TimeSpan span)
    {
        _isLookedAt = false;
        await Eventually.IsTrueAsync(() => _isLookedAt, "somebody waits");
        Interlocked.Add(ref _aheadTicks, span.Ticks);
    }
}
