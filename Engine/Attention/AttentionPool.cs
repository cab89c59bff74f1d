namespace Zakenak.Engine.Attention;

/// <summary>
/// Computes one attention after another, each on as many threads as its owner lends: <see cref="Begin"/>, then <see cref="Work"/> on each of
/// them, then, when all have returned, <see cref="End"/>.
/// </summary>
internal sealed unsafe class AttentionPool(int threads) : IDisposable
{
    // Shares a thread gets of an attention, so that an uneven one does not make the others wait long.
    private const int SharesPerThread = 4;

    private readonly LiveCells _live = new();
    private readonly AttentionRun[] _runs = [.. Enumerable.Range(0, threads).Select(_ => new AttentionRun())];
    private AttentionShape _shape;
    private int _headsPerShare;
    private int _partsPerGroup;
    private int _shares;
    private int _next;
    private volatile OutOfMemoryException? _failure;

    /// <summary>Most threads that may work.</summary>
    public int Threads => _runs.Length;

    /// <summary>Takes the next one up and cuts it into shares.</summary>
    public void Begin(in AttentionShape shape)
    {
        _live.Read(shape.Mask, shape.MaskRowStride, shape.Rows, shape.Cells);
        _shape = shape;
        var parts = Threads == 1 ? 1 : Math.Clamp(Threads * SharesPerThread / _live.Groups.Count, 1, shape.KeyValueHeads);
        _headsPerShare = (shape.KeyValueHeads + parts - 1) / parts;
        _partsPerGroup = (shape.KeyValueHeads + _headsPerShare - 1) / _headsPerShare;
        _shares = _live.Groups.Count * _partsPerGroup;
        _next = 0;
    }

    /// <summary>Computes shares until none is left.</summary>
    /// <param name="thread">Which of the threads calls, from 0.</param>
    public void Work(int thread)
    {
        try
        {
            while (Interlocked.Increment(ref _next) - 1 is var share && share < _shares)
            {
                var first = share % _partsPerGroup * _headsPerShare;
                _runs[thread].Compute(_shape, _live, _live.Groups[share / _partsPerGroup], first, Math.Min(first + _headsPerShare, _shape.KeyValueHeads));
            }
        }
        catch (OutOfMemoryException e)
        {
            _failure = e;
        }
    }

    /// <summary>Throws what a thread met: <see cref="OutOfMemoryException"/>; the output is then not complete.</summary>
    public void End()
    {
        if (_failure is { } failure)
        {
            _failure = null;
            throw failure;
        }
    }

    public void Dispose()
    {
        foreach (var run in _runs)
            run.Dispose();
    }
}
