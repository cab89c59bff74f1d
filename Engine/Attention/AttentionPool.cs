namespace Zakenak.Engine.Attention;

/// <summary>Computes one attention after another on as many threads as it is given, the caller's among them.</summary>
internal sealed class AttentionPool : IDisposable
{
    // Shares a thread gets of an attention, so that an uneven one does not make the others wait long.
    private const int SharesPerThread = 4;

    private readonly LiveCells _live = new();
    private AttentionRun[] _runs = [];
    private Thread[] _threads = [];
    private readonly SemaphoreSlim _start = new(0);
    private readonly CountdownEvent _end = new(1);
    private AttentionShape _shape;
    private int _headsPerShare;
    private int _shares;
    private int _next;
    private volatile bool _isEnding;
    private volatile OutOfMemoryException? _failure;

    public AttentionPool(int threads) => Start(threads);

    /// <summary>Goes on with another number of threads; not while it computes.</summary>
    public void Resize(int threads)
    {
        if (threads == _runs.Length)
            return;
        End();
        Start(threads);
    }

    /// <summary>Computes and returns when all is done. Throws <see cref="OutOfMemoryException"/>; the output is then not complete.</summary>
    public unsafe void Compute(in AttentionShape shape)
    {
        _live.Read(shape.Mask, shape.MaskRowStride, shape.Rows, shape.Cells);
        _shape = shape;
        var heads = shape.KeyValueHeads;
        var split = Math.Clamp(_runs.Length == 1 ? 1 : _runs.Length * SharesPerThread / _live.Groups.Count, 1, heads);
        _headsPerShare = (heads + split - 1) / split;
        _shares = _live.Groups.Count * ((heads + _headsPerShare - 1) / _headsPerShare);
        _next = 0;
        var helpers = Math.Min(_threads.Length, _shares - 1);
        if (helpers > 0)
        {
            _end.Reset(helpers);
            _start.Release(helpers);
        }

        Work(_runs[0]);
        if (helpers > 0)
            _end.Wait();
        if (_failure is { } failure)
        {
            _failure = null;
            throw failure;
        }
    }

    public void Dispose()
    {
        End();
        _start.Dispose();
        _end.Dispose();
    }

    private void Start(int threads)
    {
        _isEnding = false;
        _runs = [.. Enumerable.Range(0, threads).Select(_ => new AttentionRun())];
        _threads = [.. _runs[1..].Select(run => new Thread(() => Help(run)) { IsBackground = true, Name = "attention" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    private void End()
    {
        _isEnding = true;
        if (_threads.Length > 0)
            _start.Release(_threads.Length);
        foreach (var thread in _threads)
            thread.Join();
        foreach (var run in _runs)
            run.Dispose();
    }

    private void Help(AttentionRun run)
    {
        while (true)
        {
            _start.Wait();
            if (_isEnding)
                return;
            Work(run);
            _end.Signal();
        }
    }

    private void Work(AttentionRun run)
    {
        var parts = _shares / _live.Groups.Count;
        try
        {
            while (Interlocked.Increment(ref _next) - 1 is var share && share < _shares)
            {
                var first = share % parts * _headsPerShare;
                run.Compute(_shape, _live, _live.Groups[share / parts], first, Math.Min(first + _headsPerShare, _shape.KeyValueHeads));
            }
        }
        catch (OutOfMemoryException e)
        {
            _failure = e;
        }
    }
}
