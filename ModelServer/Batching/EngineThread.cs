using Zakenak.Contracts;
using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>
/// The one thread that owns a backend: it takes in sequences, steps while there is work, sleeps while there is none. Every sequence that
/// was accepted ends, also when the thread dies. Whoever made the backend disposes it once <see cref="Exited"/>.
/// </summary>
public sealed class EngineThread : IAsyncDisposable
{
    // Nobody notices a deadline that is met a little late.
    private static readonly TimeSpan s_expiryInterval = TimeSpan.FromMilliseconds(50);

    // After the grace period whoever stops the process soon kills it: a step that takes longer is left to end with it.
    private static readonly TimeSpan s_lastStep = TimeSpan.FromSeconds(2);

    private readonly ILlamaBackend _backend;
    private readonly BatchingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Scheduler _scheduler;
    private readonly Stepper _stepper;
    private readonly QueueBounds _bounds;
    private readonly StepWatch _watch;
    private readonly SchedulerLimits _limits;
    private readonly long _queueTimeout;
    private readonly Inbox _inbox;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private long _expired;
    private volatile bool _abandon;

    public EngineThread(ILlamaBackend backend, BatchingOptions options, BatchingMetrics metrics, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (_backend, _metrics, _time, _logger) = (backend, metrics, time, logger);
        _limits = new SchedulerLimits(
            backend.ContextTokens,
            backend.BatchTokens,
            Math.Min(options.MaxSequences, Math.Min(backend.MaxSequences, backend.BatchTokens)),
            backend.MaxSequences,
            options.MaxTenantSequences)
        {
            KeepsPrefixes = options.PrefixCache,
            IdlePrefixTokens = options.IdlePrefixTokens ?? backend.Model.TokensPerCell,
            DraftTokens = options.Speculation ? options.DraftTokens : 0,
            DraftStepTokens = options.DraftStepTokens,
        };
        var pacer = new StepPacer(options.TargetStepMs, options.LeastPromptTokens, hasTiles: backend.Model.ScansAllCells);
        _scheduler = new Scheduler(_limits, pacer);
        _stepper = new Stepper(backend, _scheduler, pacer, metrics, time);
        _bounds = new QueueBounds(options, time);
        _inbox = new Inbox(_bounds);
        _watch = new StepWatch(options, time, logger);
        _queueTimeout = (long)(options.QueueTimeoutMs / 1000.0 * time.TimestampFrequency);
    }

    /// <summary>Completes when the thread has ended; true when it died rather than was stopped.</summary>
    public Task<bool> Exited => _exited.Task;

    /// <summary>True while a step takes longer than any should.</summary>
    public bool IsStalled => _watch.IsStalled;

    /// <summary>How busy it is. Any thread.</summary>
    public LoadReport Load => new(_metrics.Running, _bounds.Count, _limits.MaxSequences, _metrics.KvPermille);

    /// <summary>What a client is told that found the queue full.</summary>
    public int RetryAfterSeconds => _bounds.RetryAfterSeconds();

    /// <summary>Starts the thread, decodes <paramref name="warmUp"/> once so that the first request finds everything paged in, and returns when that is done.</summary>
    public Task StartAsync(int[] warmUp)
    {
        var thread = new Thread(() => Run(warmUp)) { Name = "engine", IsBackground = true };
        thread.Start();
        return _started.Task;
    }

    /// <summary>Takes a sequence in, or says why not; its <see cref="Sequence.MaxCells"/> must fit the backend. Any thread.</summary>
    public SubmitResult Submit(Sequence sequence) => Submit([sequence]);

    /// <summary>Takes all sequences of one request in, or none.</summary>
    public SubmitResult Submit(IReadOnlyList<Sequence> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        foreach (var sequence in sequences)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence.MaxCells, _backend.ContextTokens, nameof(sequences));
            sequence.Deadline = _time.GetTimestamp() + _queueTimeout;
        }

        return IsStalled ? SubmitResult.Stalled : _inbox.Submit(sequences);
    }

    /// <summary>Ends a sequence before the next step, wherever it is; does nothing to one that has ended. Any thread.</summary>
    public void Cancel(Sequence sequence) => _inbox.Cancel(sequence);

    /// <summary>
    /// Takes nothing more, lets what is under way go on until <paramref name="grace"/> ends, and ends the thread. False where it hangs in
    /// native code: it can't be ended then, and what it uses must not be freed.
    /// </summary>
    public async Task<bool> StopAsync(CancellationToken grace)
    {
        _inbox.Close();
        await ((Task)_exited.Task).WaitAsync(grace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _abandon = true;
        _inbox.Close();
        try
        {
            await _exited.Task.WaitAsync(s_lastStep, _time, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Stops it at once, if that has not been done.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_abandon)
        {
            await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        }

        if (_exited.Task.IsCompleted)
        {
            _inbox.Dispose();
        }

        _watch.Dispose();
    }

    private void Run(int[] warmUp)
    {
        var died = true;
        try
        {
            _watch.Begin();
            _stepper.WarmUp(warmUp);
            Log.EngineStarted(_logger, _backend.ContextTokens, _backend.BatchTokens, _limits.MaxSequences);
            _started.SetResult();
            died = !Loop();
        }
#pragma warning disable CA1031 // Whatever ends this thread must end the requests that wait for it, or they hang.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.EngineDied(_logger, e, "engine_died");
            _started.TrySetException(e);
        }

        _watch.Rest();
        End(died);
    }

    /// <summary>True when it ended because it was asked to.</summary>
    private bool Loop()
    {
        while (!_abandon)
        {
            _watch.Begin();
            var closed = TakeIn();
            var result = _stepper.Step();
            Settle();
            switch (result)
            {
                case StepResult.Idle when closed:
                    return true;
                case StepResult.Idle:
                    _watch.Rest();
                    _inbox.Wait();
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
    private bool TakeIn()
    {
        var closed = _inbox.MoveTo(_scheduler);
        if (_scheduler.WaitingCount > 0 && _time.GetElapsedTime(_expired) >= s_expiryInterval)
        {
            _expired = _time.GetTimestamp();
            _scheduler.Expire(_expired);
        }

        return closed;
    }

    /// <summary>Frees what ended sequences held outside the KV cache, and tells the queue and the metrics.</summary>
    private void Settle()
    {
        foreach (var sequence in _scheduler.Ended)
        {
            sequence.Sampler?.Dispose();
            sequence.Sampler = null;
        }

        _scheduler.Ended.Clear();
        if (_scheduler.Departed.Count > 0)
        {
            _bounds.Leave(_scheduler.Departed);
            _scheduler.Departed.Clear();
        }

        _metrics.Observe(_scheduler, _limits.ContextTokens);
    }

    private void End(bool died)
    {
        _inbox.End();
        foreach (var sequence in _scheduler.All())
        {
            _scheduler.Remove(sequence, FinishReason.Failed);
        }

        Settle();
        Log.EngineStopped(_logger);
        _exited.SetResult(died);
    }
}
