using System.Runtime.InteropServices;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// How a service stops: first it is not ready and goes on as before for <see cref="ServiceOptions.DrainSeconds"/>, then it takes no new connection and lets
/// requests finish, and a moment before the grace period ends, or at a second SIGTERM, it makes the last call for those that have not.
/// </summary>
public sealed class Drain : IHostedLifecycleService, IHealthCheck, IDisposable
{
    private static readonly TimeSpan _goodbye = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly TimeSpan _delay;
    private readonly CancellationTokenSource _lastCall;
    private readonly CancellationTokenRegistration _stopping;
    private PosixSignalRegistration? _terminate;
    private int _terminations;

    public Drain(IHostApplicationLifetime lifetime, IOptions<ServiceOptions> options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(lifetime);
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _delay = TimeSpan.FromSeconds(options.Value.DrainSeconds);
        _lastCall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var grace = GraceOf(options.Value);
        _stopping = lifetime.ApplicationStopping.Register(() => Begin(grace - (grace / 4 < _goodbye ? grace / 4 : _goodbye)));
    }

    /// <summary>Whether the service was told to stop.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Cancelled when what still runs is about to be cut off: what can be said to its clients must be said now.</summary>
    public CancellationToken LastCall => _lastCall.Token;

    internal static TimeSpan GraceOf(ServiceOptions options) => TimeSpan.FromSeconds(options.DrainSeconds + options.ShutdownTimeoutSeconds);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HasBegun ? HealthCheckResult.Unhealthy("The service is stopping.") : HealthCheckResult.Healthy());

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // The framework's own handler keeps the signal from killing the process, and knows of the first one only.
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ =>
        {
            if (Interlocked.Increment(ref _terminations) > 1)
            {
                _lastCall.Cancel();
            }
        });
        return Task.CompletedTask;
    }

    /// <summary>The ports stay open meanwhile.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, LastCall);
        await Task.Delay(_delay, _time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _terminate?.Dispose();
        _stopping.Dispose();
        _lastCall.Dispose();
    }

    private void Begin(TimeSpan grace)
    {
        HasBegun = true;
        _lastCall.CancelAfter(grace);
    }
}
