namespace Zakenak.Engine.MatMul;

/// <summary>Computes one product after another, each on as many threads as its owner lends.</summary>
internal sealed class MatMulPool(int threads) : SharedWork(threads)
{
    private readonly MatMulRun[] _runs = [.. Enumerable.Range(0, threads).Select(_ => new MatMulRun())];
    private MatMulShape _shape;
    private int _rowsPerShare;

    /// <summary>Takes the next one up and cuts it into shares.</summary>
    public void Begin(in MatMulShape shape)
    {
        _shape = shape;
        var steps = (shape.Rows + MatMulShape.RowStep - 1) / MatMulShape.RowStep;
        var shares = Threads == 1 ? 1 : Math.Min(Threads * SharesPerThread, steps);
        _rowsPerShare = (steps + shares - 1) / shares * MatMulShape.RowStep;
        Begin((shape.Rows + _rowsPerShare - 1) / _rowsPerShare);
    }

    protected override void Work(int thread, int share) =>
        _runs[thread].Compute(_shape, share * _rowsPerShare, Math.Min((share + 1) * _rowsPerShare, _shape.Rows));

    public override void Dispose()
    {
        foreach (var run in _runs)
            run.Dispose();
    }
}
