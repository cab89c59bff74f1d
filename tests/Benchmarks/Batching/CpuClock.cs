namespace Zakenak.Benchmarks.Batching;

/// <summary>The processor time of this process. With one compute thread it passes as time would on a machine that has nothing else to do.</summary>
internal sealed class CpuClock : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
