namespace Zakenak.ModelServer.Batching;

/// <summary>What other threads have for the engine thread: sequences to run and sequences to end. It sleeps here while there is nothing.</summary>
internal sealed class Inbox(QueueBounds bounds) : IDisposable
{
    // Requests are rare beside tokens: a lock per request costs nothing. It guards all that follows.
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly List<Sequence> _submitted = [];
    private readonly List<Sequence> _cancelled = [];
    private bool _closed;
    private bool _ended;

    /// <summary>Takes all sequences of one request, or none.</summary>
    public SubmitResult Submit(IReadOnlyList<Sequence> sequences)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return SubmitResult.Stopped;
            }

            if (!bounds.TryEnter(sequences[0].Tenant, sequences.Count))
            {
                return SubmitResult.QueueFull;
            }

            _submitted.AddRange(sequences);
            _work.Set();
            return SubmitResult.Accepted;
        }
    }

    /// <summary>The sequence is to be ended before the next step.</summary>
    public void Cancel(Sequence sequence)
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _cancelled.Add(sequence);
                _work.Set();
            }
        }
    }

    /// <summary>Takes nothing more, and wakes the engine thread to see that.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (!_ended)
            {
                _work.Set();
            }
        }
    }

    /// <summary>Moves what came to the scheduler; true when nothing more will come.</summary>
    public bool MoveTo(Scheduler scheduler)
    {
        lock (_gate)
        {
            foreach (var sequence in _submitted)
            {
                scheduler.Enqueue(sequence);
            }

            _submitted.Clear();
            foreach (var sequence in _cancelled)
            {
                scheduler.Remove(sequence, FinishReason.Cancelled);
            }

            _cancelled.Clear();
            return _closed;
        }
    }

    /// <summary>Sleeps until something comes.</summary>
    public void Wait() => _work.WaitOne();

    /// <summary>The engine thread ends: what it has not taken fails.</summary>
    public void End()
    {
        lock (_gate)
        {
            (_closed, _ended) = (true, true);
            foreach (var sequence in _submitted)
            {
                sequence.Complete(FinishReason.Failed);
            }

            _submitted.Clear();
        }
    }

    public void Dispose() => _work.Dispose();
}
