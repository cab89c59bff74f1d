namespace Zakenak.ModelRegistry;

/// <summary>
/// One request at a time writes to an upload, and the newest wins: a client that comes back knows that its old connection is dead long before we do.
/// </summary>
internal sealed class UploadTurn : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CancellationTokenSource? _holder;

    /// <summary>The hash of the upload while this process works on it; only the holder of the turn touches it.</summary>
    public RunningHash? Hash { get; set; }

    /// <summary>Tells the request that has the turn to end, and takes it.</summary>
    public async Task<Held> TakeAsync(CancellationToken cancellationToken)
    {
        while (!await _turn.WaitAsync(TimeSpan.FromMilliseconds(50), cancellationToken).ConfigureAwait(false))
        {
            CancelHolder();
        }

        var holder = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_turn)
        {
            _holder = holder;
        }

        return new Held(this, holder);
    }

    /// <summary>Takes the turn only where nobody has it.</summary>
    public Held? TryTake()
    {
        if (!_turn.Wait(0))
        {
            return null;
        }

        var holder = new CancellationTokenSource();
        lock (_turn)
        {
            _holder = holder;
        }

        return new Held(this, holder);
    }

    public void Dispose()
    {
        Hash?.Dispose();
        _turn.Dispose();
    }

    private void CancelHolder()
    {
        lock (_turn)
        {
            _holder?.Cancel();
        }
    }

    private void Release(CancellationTokenSource holder)
    {
        lock (_turn)
        {
            _holder = null;
            holder.Dispose();
        }

        _turn.Release();
    }

    /// <summary>The turn, until disposed; the token fires when a newer request wants it.</summary>
    public readonly struct Held(UploadTurn turn, CancellationTokenSource holder) : IDisposable
    {
        public CancellationToken Cancelled => holder.Token;

        public void Dispose() => turn.Release(holder);
    }
}
