namespace Zakenak.Gateway.Rollouts;

/// <summary>What one version did in one step, as this gateway saw it. Counted without a lock.</summary>
internal sealed class ArmSample(string version, bool isCandidate)
{
    private readonly long[] _counts = new long[LatencyHistogram.Length];

    public string Version => version;

    public bool IsCandidate => isCandidate;

    public void Answered(TimeSpan latency) => Interlocked.Increment(ref _counts[LatencyHistogram.PlaceOf(latency)]);

    public void Failed() => Interlocked.Increment(ref _counts[0]);

    /// <summary>Errors, then the buckets of <see cref="LatencyHistogram"/>.</summary>
    public long[] Counts()
    {
        var counts = new long[LatencyHistogram.Length];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = Interlocked.Read(ref _counts[i]);
        return counts;
    }
}
