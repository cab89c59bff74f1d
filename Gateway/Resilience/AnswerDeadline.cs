using Zakenak.Gateway.Forwarding;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Resilience;

/// <summary>
/// The one timer of a request: how long the next step may take, and never past the request's own end. One timer for all steps, because a
/// timer for each would be most of what a request allocates.
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _registration;
    private readonly long _startedAt;
    private readonly TimeSpan _total;
    private bool _untilEnd;
    private Refusal? _cut;

    /// <param name="startedAt">Timestamp of the request's arrival.</param>
    /// <param name="total">From then on.</param>
    /// <param name="client">Cancelled when the client has left.</param>
    public AnswerDeadline(TimeProvider time, long startedAt, TimeSpan total, CancellationToken client)
    {
        (_time, _client, _startedAt, _total) = (time, client, startedAt, total);
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _registration = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        Allow(total);
    }

    /// <summary>Cancelled when the step takes too long, the request does, it is cut, or the client has left.</summary>
    public CancellationToken Token => _source.Token;

    public bool ClientLeft => _client.IsCancellationRequested;

    /// <summary>Whether it was the whole request that took too long, or was cut: no fault of the replica.</summary>
    public bool IsOver => Volatile.Read(ref _cut) is not null || (_untilEnd && _source.IsCancellationRequested);

    /// <summary>Why the token was cancelled, unless the client left.</summary>
    public Refusal Reason => Volatile.Read(ref _cut) ?? (_untilEnd ? BackendFaults.Overdue : BackendFaults.Silent);

    /// <summary>
    /// Ends the request now, and tells its client why: as the answer, or as the last event of its stream. Any thread; false where it is at its end already.
    /// </summary>
    public bool Cut(Refusal why)
    {
        if (Interlocked.CompareExchange(ref _cut, why, null) is not null)
            return false;
        try
        {
            _source.Cancel();
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>How long the client may take to make room for more.</summary>
    public TimeSpan WriteTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Ends with what the client has to take.</summary>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    public Task ForClient(Task taken)
    {
        if (WriteTimeout != Timeout.InfiniteTimeSpan)
            Allow(WriteTimeout);
        return taken.WaitAsync(WriteTimeout, _time);
    }

    /// <summary>The next step may take this long.</summary>
    public void Allow(TimeSpan step)
    {
        var left = _total - _time.GetElapsedTime(_startedAt);
        _untilEnd = left <= step;
        _source.CancelAfter(left <= TimeSpan.Zero ? TimeSpan.Zero : _untilEnd ? left : step);
    }

    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
