using System.Diagnostics.Metrics;

namespace Zakenak.ModelServer.Batching;

/// <summary>What the engine does, in numbers that have no label.</summary>
public sealed class BatchingMetrics
{
    private readonly Histogram<int> _batchTokens;
    private int _waiting;
    private int _running;
    private int _usedCells;

    public BatchingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Zakenak.ModelServer");
        _batchTokens = meter.CreateHistogram<int>("zakenak_batch_tokens", "{token}", "Tokens decoded in one step", null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] });
        meter.CreateObservableGauge("zakenak_queue_depth", () => Volatile.Read(ref _waiting), "{request}", "Requests that wait for a slot");
        meter.CreateObservableGauge("zakenak_running_sequences", () => Volatile.Read(ref _running), "{sequence}", "Sequences that have a slot");
        meter.CreateObservableGauge("zakenak_kv_cells_used", () => Volatile.Read(ref _usedCells), "{cell}", "KV cells in use");
    }

    /// <summary>A step's batch.</summary>
    public void Decoded(int tokens) => _batchTokens.Record(tokens);

    /// <summary>How full everything is after a step.</summary>
    public void Observe(int waiting, int running, int usedCells)
    {
        Volatile.Write(ref _waiting, waiting);
        Volatile.Write(ref _running, running);
        Volatile.Write(ref _usedCells, usedCells);
    }
}
