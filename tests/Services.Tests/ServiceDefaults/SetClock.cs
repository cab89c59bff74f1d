namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>A wall clock that a test sets; timers run on real time.</summary>
public sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
