using System.ComponentModel;
using Aspire.Hosting;
using EmbeddedHost.Health;
using EmbeddedHost.Logs;
using EmbeddedHost.Processes;

namespace EmbeddedHost.Orchestration;

/// <summary>
/// One process of a resource and what becomes of it: wait, start, watch, restart. A single loop owns the state; start, stop and restart
/// only say what is wanted and interrupt the loop.
/// </summary>
internal sealed class Replica : IDisposable
{
    private readonly ResourceRunner _runner;
    private readonly RestartBackoff _backoff;
    private readonly HealthWatch _health;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();
    private CancellationTokenSource _interrupt = new();
    private bool _wanted = true;
    private bool _ending;
    private ChildProcess? _process;
    private ReplicaStatus _status = new() { State = ReplicaState.Waiting };

    public Replica(ResourceRunner runner, int index, int count)
    {
        _runner = runner;
        Index = index;
        Name = count == 1 ? runner.Name : $"{runner.Name}-{index + 1}";
        Ports = EndpointAllocator.PortsOf(runner.Resource, index);
        var options = runner.Host.Options;
        Log = new(options.LogLines, options.LogCharacters, runner.Host.Time);
        _health = new(runner.Checks, runner.Host.HealthClient, endpoint => Ports[endpoint], options, runner.Host.Time);
        _backoff = new(options.FirstRestartDelay, options.LongestRestartDelay, runner.Host.Random);
    }

    public string Name { get; }

    public int Index { get; }

    public Aspire.Hosting.ApplicationModel.IResource Resource => _runner.Resource;

    public ReplicaPorts Ports { get; }

    public LogRing Log { get; }

    public bool HasChecks => _runner.Checks.Count > 0;

    public int FailuresInARow => _backoff.Failures;

    public ReplicaStatus Status => Volatile.Read(ref _status);

    public void Start() => Want(true);

    public void Stop() => Want(false);

    public void Restart() => Want(true);

    /// <summary>Stops for good.</summary>
    public void End()
    {
        lock (_lock)
            _ending = true;
        Want(false);
    }

    public void Kill()
    {
        lock (_lock)
            _process?.Kill();
    }

    public async Task RunAsync()
    {
        while (true)
        {
            CancellationToken interrupted;
            bool wanted;
            lock (_lock)
            {
                if (_interrupt.IsCancellationRequested)
                    _interrupt = new();
                interrupted = _interrupt.Token;
                wanted = _wanted;
                if (_ending)
                    break;
            }

            if (wanted)
            {
                try
                {
                    await RunOnceAsync(interrupted).ConfigureAwait(false);
                    continue;
                }
                catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
                {
                    continue;
                }
            }

            Set(status => status with { State = ReplicaState.Stopped, Reason = null, ProcessId = null, Health = [] });
            await _wake.WaitAsync().ConfigureAwait(false);
        }

        if (Status.State != ReplicaState.Exited)
            Set(status => status with { State = ReplicaState.Stopped, Reason = null, ProcessId = null, Health = [] });
    }

    public void Dispose()
    {
        _wake.Dispose();
        _interrupt.Dispose();
    }

    private void Want(bool wanted)
    {
        CancellationTokenSource interrupt;
        lock (_lock)
        {
            _wanted = wanted && !_ending;
            interrupt = _interrupt;
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }

        // Outside the lock: cancelling runs what waits for it.
        interrupt.Cancel();
    }

    private async Task RunOnceAsync(CancellationToken interrupted)
    {
        await _runner.WaitForDependenciesAsync(
            reason => Set(status => status with { State = ReplicaState.Waiting, Reason = reason, ProcessId = null, Health = [] }), interrupted).ConfigureAwait(false);
        Set(status => status with { State = ReplicaState.Starting, Reason = null, ProcessId = null, ExitCode = null, Health = [] });
        try
        {
            await _runner.BeforeStartAsync(interrupted).ConfigureAwait(false);
            RefuseTakenPorts();
            var spec = await _runner.Host.Specs.CreateAsync(_runner.Resource, Ports, interrupted).ConfigureAwait(false);
            interrupted.ThrowIfCancellationRequested();
            var process = ChildProcess.Start(spec, (text, isError) =>
            {
                Log.Add(text, isError);
                _runner.Host.Terminal.Output(Name, text, isError);
            });
            lock (_lock)
                _process = process;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A callback of the model may throw anything; it fails this start and nothing else.
            await FailedAsync(exception is DistributedApplicationException or Win32Exception ? exception.Message : exception.ToString(), true, interrupted).ConfigureAwait(false);
            return;
        }

        await WatchAsync(_process, interrupted).ConfigureAwait(false);
    }

    private void RefuseTakenPorts()
    {
        foreach (var (endpoint, port) in Ports.All)
        {
            if (!PortOwner.IsFree(port))
                throw new DistributedApplicationException(_runner.TakenPort(endpoint, port));
        }
    }

    private async Task WatchAsync(ChildProcess process, CancellationToken interrupted)
    {
        var startedAt = _runner.Host.Time.GetUtcNow();
        Set(status => status with
        {
            State = _runner.Checks.Count == 0 ? ReplicaState.Running : ReplicaState.Starting,
            ProcessId = process.Id,
            StartedAt = startedAt,
            StoppedAt = null,
        });

        using var over = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var health = _health.RunAsync(startedAt, Reported, over.Token);
        var stable = ResetBackoffWhenStableAsync(over.Token);
        int exitCode;
        try
        {
            exitCode = await process.Exited.WaitAsync(interrupted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Set(status => status with { State = ReplicaState.Stopping, Reason = null, Health = [] });
            exitCode = await process.StopAsync().ConfigureAwait(false);
            Set(status => status with { ExitCode = exitCode, ProcessId = null, StoppedAt = _runner.Host.Time.GetUtcNow() });
            throw;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(health, stable).ConfigureAwait(false);
            lock (_lock)
                _process = null;
            process.Dispose();
        }

        var wasReady = Status.State is ReplicaState.Running or ReplicaState.Unhealthy && _runner.Checks.Count > 0;
        Set(status => status with { ExitCode = exitCode, ProcessId = null, StoppedAt = _runner.Host.Time.GetUtcNow(), Health = [] });
        if (exitCode == 0 && _runner.EndsBySuccess)
        {
            Set(status => status with { State = ReplicaState.Exited, Reason = null });
            await Task.Delay(Timeout.Infinite, interrupted).ConfigureAwait(false);
        }

        await FailedAsync($"exited with code {exitCode}{Signal(exitCode)}", !wasReady, interrupted).ConfigureAwait(false);
    }

    private async Task FailedAsync(string reason, bool atStart, CancellationToken interrupted)
    {
        var delay = _backoff.Next();
        var failedRepeatedly = atStart && _backoff.Failures >= _runner.Host.Options.FailedStartsUntilReport;
        Set(status => status with
        {
            State = failedRepeatedly ? ReplicaState.FailedToStart : ReplicaState.Backoff,
            Reason = $"{reason}; next start in {delay.TotalSeconds:0.#} s{(_backoff.Failures > 1 ? $" (failed {_backoff.Failures} times in a row)" : "")}",
            ProcessId = null,
            Health = [],
        });
        if (failedRepeatedly && _backoff.Failures == _runner.Host.Options.FailedStartsUntilReport)
            _runner.Host.ReportFailure(this, reason);

        await Task.Delay(delay, _runner.Host.Time, interrupted).ConfigureAwait(false);
        Set(status => status with { Restarts = status.Restarts + 1 });
    }

    private async Task ResetBackoffWhenStableAsync(CancellationToken over)
    {
        try
        {
            await _runner.Changes.WaitUntilAsync(() => Status.IsReady, over).ConfigureAwait(false);
            await Task.Delay(_runner.Host.Options.StableAfter, _runner.Host.Time, over).ConfigureAwait(false);
            _backoff.Reset();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Reported(IReadOnlyList<HealthReport> reports)
    {
        var failed = reports.FirstOrDefault(report => !report.IsHealthy);

        // An answer may come just when the stop begins.
        Set(status => status.State == ReplicaState.Stopping ? status : status with
        {
            State = failed is null ? ReplicaState.Running
                : status.State is ReplicaState.Running or ReplicaState.Unhealthy ? ReplicaState.Unhealthy
                : ReplicaState.Starting,
            Reason = failed is null ? null : $"{new Uri(failed.Url).AbsolutePath}: {failed.Reason}",
            Health = reports,
        });
    }

    private static string Signal(int exitCode) => exitCode switch
    {
        128 + 6 => " (aborted)",
        128 + 9 => " (killed)",
        128 + 11 => " (segmentation fault)",
        128 + 15 => " (terminated)",
        _ => "",
    };

    private void Set(Func<ReplicaStatus, ReplicaStatus> change)
    {
        ReplicaStatus before, after;
        lock (_lock)
        {
            before = _status;
            after = change(before);
            if (after.Health.SequenceEqual(before.Health))
                after = after with { Health = before.Health };
            Volatile.Write(ref _status, after);
        }

        if (!before.Equals(after))
            _runner.Changed(this, before, after);
    }
}
