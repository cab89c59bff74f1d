namespace Zakenak.Engine.Attention;

/// <summary>Computes one attention after another, each on as many threads as its owner lends.</summary>
internal sealed class AttentionPool(int threads) : SharedWork(threads)
{
    private readonly LiveCells _live = new();
    private readonly AttentionRun[] _runs = [.. Enumerable.Range(0, threads).Select(_ => new AttentionRun())];
    private AttentionShape _shape;
    private int _headsPerShare;
    private int _partsPerGroup;

    /// <summary>Takes the next one up and cuts it into shares.</summary>
    public unsafe void Begin(in AttentionShape shape)
    {
        _live.Read(shape.Mask, shape.MaskRowStride, shape.Rows, shape.Cells);
        _shape = shape;
        var parts = Threads == 1 ? 1 : Math.Clamp(Threads * SharesPerThread / _live.Groups.Count, 1, shape.KeyValueHeads);
        _headsPerShare = (shape.KeyValueHeads + parts - 1) / parts;
        _partsPerGroup = (shape.KeyValueHeads + _headsPerShare - 1) / _headsPerShare;
        Begin(_live.Groups.Count * _partsPerGroup);
    }

    protected override void Work(int thread, int share)
    {
        var first = share % _partsPerGroup * _headsPerShare;
        _runs[thread].Compute(_shape, _live, _live.Groups[share / _partsPerGroup], first, Math.Min(first + _headsPerShare, _shape.KeyValueHeads));
    }

    public override void Dispose()
    {
        foreach (var run in _runs)
            run.Dispose();
    }
}
