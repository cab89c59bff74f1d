using Zakenak.Gateway.Forwarding;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Resilience;

/// <summary>
/// The one timer of a request: how long the next step may take, and never past the request's own end. One timer for all steps, because a
/// timer for each would be most of what a request allocates; and it is set anew only where it would come too late, for a stream is given its next
/// step with every event. Nothing bounds a request before its first step is allowed.
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly long _startedAt;
    private readonly TimeSpan _total;
    private ITimer? _timer;
    private TimeSpan _due;
    private TimeSpan _timerDue;
    private bool _untilEnd;
    private bool _isDisposed;
    private Refusal? _cut;

    /// <param name="startedAt">Timestamp of the request's arrival.</param>
    /// <param name="total">From then on.</param>
    /// <param name="client">Cancelled when the client has left.</param>
    public AnswerDeadline(TimeProvider time, long startedAt, TimeSpan total, CancellationToken client)
    {
        (_time, _client, _startedAt, _total) = (time, client, startedAt, total);
        _registration = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
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
        var now = _time.GetElapsedTime(_startedAt);
        lock (_gate)
        {
            _untilEnd = _total - now <= step;
            _due = _untilEnd ? _total : now + step;
            if (_timer is not null && _due >= _timerDue)
                return;
            _timerDue = _due;
            if (_timer is null)
                _timer = _time.CreateTimer(static deadline => ((AnswerDeadline)deadline!).Ring(), this, Until(_due, now), Timeout.InfiniteTimeSpan);
            else
                _timer.Change(Until(_due, now), Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }

        _registration.Dispose();
        _source.Dispose();
    }

    /// <summary>In whole milliseconds, for a timer takes no others and must not come too early.</summary>
    private static TimeSpan Until(TimeSpan due, TimeSpan now) => TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((due - now).TotalMilliseconds)));

    private void Ring()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;

            // The timer's word counts for a clock that says less.
            var now = TimeSpan.FromTicks(Math.Max(_time.GetElapsedTime(_startedAt).Ticks, _timerDue.Ticks));
            if (now < _due)
            {
                _timerDue = _due;
                _timer!.Change(Until(_due, now), Timeout.InfiniteTimeSpan);
                return;
            }
        }

        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request ended at the same moment.
        }
    }
}
