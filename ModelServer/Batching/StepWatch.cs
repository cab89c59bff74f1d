namespace Zakenak.ModelServer.Batching;

/// <summary>Sees from outside whether the engine thread moves on: native code that hangs can't say so itself.</summary>
internal sealed class StepWatch : IDisposable
{
    private const long Idle = 0;

    private readonly BatchingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private long _stepStarted;
    private bool _reported;

    public StepWatch(BatchingOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        var interval = StallTimeout / 4;
        _timer = time.CreateTimer(_ => Report(), null, interval, interval);
    }

    /// <summary>True while a step takes longer than any should. Any thread.</summary>
    public bool IsStalled => Volatile.Read(ref _stepStarted) is var started && started != Idle
        && _time.GetElapsedTime(started) > StallTimeout;

    /// <summary>The engine thread begins a step.</summary>
    public void Begin() => Volatile.Write(ref _stepStarted, _time.GetTimestamp() | 1);

    /// <summary>It has nothing to do, or has ended.</summary>
    public void Rest() => Volatile.Write(ref _stepStarted, Idle);

    public void Dispose() => _timer.Dispose();

    private TimeSpan StallTimeout => TimeSpan.FromMilliseconds(_options.StallTimeoutMs);

    private void Report()
    {
        var stalled = IsStalled;
        if (stalled == _reported)
        {
            return;
        }

        _reported = stalled;
        if (stalled)
        {
            Log.EngineStalled(_logger, _options.StallTimeoutMs);
        }
        else
        {
            Log.EngineWentOn(_logger);
        }
    }
}
