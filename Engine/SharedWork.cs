namespace Zakenak.Engine;

/// <summary>
/// Work in shares that threads take one after another: <see cref="Work(int)"/> on each of them, then, when all have returned,
/// <see cref="End"/>.
/// </summary>
internal abstract class SharedWork(int threads) : IDisposable
{
    /// <summary>Shares a thread gets of a piece of work, so that one that is late, or an uneven one, does not make the others wait long.</summary>
    protected const int SharesPerThread = 4;

    private int _shares;
    private int _next;
    private volatile OutOfMemoryException? _failure;

    /// <summary>Most threads that may work.</summary>
    public int Threads => threads;

    /// <summary>Does shares until none is left.</summary>
    /// <param name="thread">Which of the threads calls, from 0.</param>
    public void Work(int thread)
    {
        try
        {
            while (Interlocked.Increment(ref _next) - 1 is var share && share < _shares)
                Work(thread, share);
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

    public abstract void Dispose();

    protected void Begin(int shares) => (_shares, _next) = (shares, 0);

    protected abstract void Work(int thread, int share);
}
