using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>
/// The one thread that owns a backend: it takes in sequences, steps while there is work, sleeps while there is none. Every sequence that
/// was accepted ends, also when the thread dies. Whoever made the backend disposes it once <see cref="Exited"/>.
/// </summary>
public sealed class EngineThread : IAsyncDisposable
{
    private readonly ILlamaBackend _backend;
    private readonly BatchingOptions _options;
    private readonly BatchingMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Scheduler _scheduler;
    private readonly AutoResetEvent _work = new(false);
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate: requests are rare beside tokens, a lock per request costs nothing.
    private readonly List<Sequence> _submitted = [];
    private readonly List<Sequence> _cancelled = [];
    private bool _closed;
    private bool _ended;

    private int _waiting;
    private volatile bool _abandon;

    public EngineThread(ILlamaBackend backend, BatchingOptions options, BatchingMetrics metrics, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(options);
        _backend = backend;
        _options = options;
        _metrics = metrics;
        _logger = logger;
        _scheduler = new Scheduler(new SchedulerLimits(backend.ContextTokens, backend.BatchTokens, Math.Min(backend.MaxSequences, backend.BatchTokens)));
    }

    /// <summary>Completes when the thread has ended; true when it died rather than was stopped.</summary>
    public Task<bool> Exited => _exited.Task;

    /// <summary>Starts the thread, decodes <paramref name="warmUp"/> once so that the first request finds everything paged in, and returns when that is done.</summary>
    public Task StartAsync(int[] warmUp)
    {
        var thread = new Thread(() => Run(warmUp)) { Name = "engine", IsBackground = true };
        thread.Start();
        return _started.Task;
    }

    /// <summary>Takes a sequence in, or says why not; its <see cref="Sequence.ReservedCells"/> must fit the backend. Any thread.</summary>
    public SubmitResult Submit(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence.ReservedCells, _backend.ContextTokens, nameof(sequence));
        lock (_gate)
        {
            if (_closed)
            {
                return SubmitResult.Stopped;
            }

            if (_submitted.Count + Volatile.Read(ref _waiting) >= _options.QueueLimit)
            {
                return SubmitResult.QueueFull;
            }

            _submitted.Add(sequence);
            _work.Set();
            return SubmitResult.Accepted;
        }
    }

    /// <summary>Ends a sequence before the next step, wherever it is; does nothing to one that has ended. Any thread.</summary>
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

    /// <summary>Takes nothing more, lets what is under way go on until <paramref name="grace"/> ends, and ends the thread.</summary>
    public async Task StopAsync(CancellationToken grace)
    {
        lock (_gate)
        {
            _closed = true;
            Wake();
        }

        await ((Task)_exited.Task).WaitAsync(grace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _abandon = true;
        lock (_gate)
        {
            Wake();
        }

        await _exited.Task.ConfigureAwait(false);
    }

    /// <summary>Stops it at once, if that has not been done.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _work.Dispose();
    }

    private void Wake()
    {
        if (!_ended)
        {
            _work.Set();
        }
    }

    private void Run(int[] warmUp)
    {
        var died = true;
        var stepper = new Stepper(_backend, _scheduler, _metrics);
        try
        {
            WarmUp(warmUp);
            Log.EngineStarted(_logger, _backend.ContextTokens, _backend.BatchTokens, _backend.MaxSequences);
            _started.SetResult();
            died = !Loop(stepper);
        }
#pragma warning disable CA1031 // Whatever ends this thread must end the requests that wait for it, or they hang.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.EngineDied(_logger, e, "engine_died");
            _started.TrySetException(e);
        }

        stepper.Dispose();
        End(died);
    }

    private void WarmUp(int[] tokens)
    {
        var batch = tokens.Take(_backend.BatchTokens).Select((token, i) => new BatchToken(token, i, 0, i == 0)).ToArray();
        if (_backend.Decode(batch) != DecodeStatus.Done)
        {
            throw new InvalidOperationException("The backend could not decode the warm-up batch.");
        }

        _backend.RemoveCells(0, 0, -1);
    }

    /// <summary>True when it ended because it was asked to.</summary>
    private bool Loop(Stepper stepper)
    {
        while (!_abandon)
        {
            var closed = TakeIn(stepper);
            var result = stepper.Step();
            Volatile.Write(ref _waiting, _scheduler.WaitingCount);
            _metrics.Observe(_scheduler.WaitingCount, _scheduler.Running.Count, _scheduler.UsedCells);
            switch (result)
            {
                case StepResult.Idle when closed:
                    return true;
                case StepResult.Idle:
                    _work.WaitOne();
                    break;
                case StepResult.BatchFailed:
                    Log.BatchFailed(_logger);
                    break;
                case StepResult.BackendFailed:
                    Log.EngineDied(_logger, null, "decode_failed");
                    return false;
            }
        }

        return true;
    }

    /// <summary>Moves what came from other threads to the scheduler; true when nothing more will come.</summary>
    private bool TakeIn(Stepper stepper)
    {
        lock (_gate)
        {
            foreach (var sequence in _submitted)
            {
                _scheduler.Enqueue(sequence);
            }

            _submitted.Clear();
            foreach (var sequence in _cancelled)
            {
                stepper.Remove(sequence, FinishReason.Cancelled);
            }

            _cancelled.Clear();
            Volatile.Write(ref _waiting, _scheduler.WaitingCount);
            return _closed;
        }
    }

    private void End(bool died)
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

        foreach (var sequence in _scheduler.All())
        {
            _scheduler.Remove(sequence, FinishReason.Failed);
        }

        _metrics.Observe(0, 0, 0);
        Log.EngineStopped(_logger);
        _exited.SetResult(died);
    }
}
