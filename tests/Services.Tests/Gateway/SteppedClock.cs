namespace Zakenak.Services.Tests.Gateway;

/// <summary>A clock that a test moves; timers stay those of the machine.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _ticks = DateTimeOffset.UtcNow.Ticks;
    private TimeSpan _wallClockError;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(Interlocked.Read(ref _ticks), TimeSpan.Zero) + _wallClockError;

    public void Advance(TimeSpan span) => Interlocked.Add(ref _ticks, span.Ticks);

    /// <summary>Sets the wall clock off, as an administrator or NTP does; the monotonic clock goes on.</summary>
    public void SetWallClockBack(TimeSpan span) => _wallClockError = -span;
}
