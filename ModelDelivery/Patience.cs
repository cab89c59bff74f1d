namespace Zakenak.ModelDelivery;

/// <summary>Ends a transfer that no longer moves, however often it may be tried again.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _linked;
    private readonly ITimer _timer;
    private readonly TimeProvider _time;
    private long _moved;

    public Patience(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        Limit = limit;
        _time = time;
        _lost = new CancellationTokenSource();
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_lost.Token, cancellationToken);
        _moved = time.GetTimestamp();

        // Looked at now and then: to set a timer anew for every buffer that moves would cost more than it tells.
        _timer = time.CreateTimer(_ => Look(), null, limit / 4, limit / 4);
    }

    public TimeSpan Limit { get; }

    /// <summary>Cancelled by the caller, or when nothing moved.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Why <see cref="Token"/> fired: true where nothing moved.</summary>
    public bool IsLost => _lost.IsCancellationRequested;

    public void Renew() => Interlocked.Exchange(ref _moved, _time.GetTimestamp());

    /// <summary>Ends it now: another part of the same transfer has failed.</summary>
    public void End() => _lost.Cancel();

    public void Dispose()
    {
        _timer.Dispose();
        _linked.Dispose();
        _lost.Dispose();
    }

    private void Look()
    {
        if (_time.GetElapsedTime(Interlocked.Read(ref _moved)) < Limit)
        {
            return;
        }

        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The transfer ended while the timer fired.
        }
    }
}
