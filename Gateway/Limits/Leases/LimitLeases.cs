using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>
/// Keeps this replica's leases of parts of the limits alive, now and then and whenever a request needs more than its part. Requests never
/// wait for it as long as the part suffices.
/// </summary>
/// <param name="exchange">With the database; null where this replica is alone.</param>
/// <param name="options">Those in force now.</param>
/// <param name="time">Its monotonic clock is used.</param>
/// <param name="logger">Of the database's coming and going.</param>
internal sealed partial class LimitLeases(
    LeaseExchange? exchange, Func<LimitsOptions> options, TimeProvider time, ILogger<LimitLeases> logger) : BackgroundService
{
    /// <summary>Longest exchange, connecting included; a request that needs one waits no longer.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private TaskCompletionSource<bool> _next = NewRound();
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CancellationTokenSource _lost = new();
    private volatile bool _away;

    /// <summary>Whether there are other replicas to share with.</summary>
    public bool AreShared => exchange is not null;

    /// <summary>What is leased; null where this replica is alone.</summary>
    public LeaseBook? Book => exchange?.Book;

    /// <summary>The other replicas; null where this one is alone.</summary>
    public ReplicaWatch? Others => exchange?.Others;

    /// <summary>Cancelled when requests that run must end, because others are about to get what was leased for them.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// Waits for the end of an exchange that begins after this call. False when it failed, or when the one before did: while the database
    /// is away nobody waits for it.
    /// </summary>
    public async ValueTask<bool> ExchangeAsync(CancellationToken cancellation)
    {
        if (_away)
            return false;
        Task<bool> next;
        lock (_lock)
        {
            next = _next.Task;
            _wake.TrySetResult();
        }

        try
        {
            return await next.WaitAsync(_patience, time, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Where this fails, what is leased is reclaimed as a lost replica's is.
        if (exchange is not null)
            await TryAsync(exchange.LeaveAsync, cancellationToken);
    }

    public override void Dispose()
    {
        _lost.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (exchange is not null && !stoppingToken.IsCancellationRequested)
        {
            TaskCompletionSource<bool> round;
            Task wake;
            lock (_lock)
            {
                (round, _next) = (_next, NewRound());
                _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wake = _wake.Task;
            }

            var succeeded = await TryAsync(exchange.RenewAsync, stoppingToken);
            EndWhatMayNotRun(succeeded);
            round.SetResult(succeeded);

            // While it is away nobody wakes us, so that it is asked at this pace whatever the load.
            await Task.WhenAny(wake, Task.Delay(options().LeaseInterval, stoppingToken));
        }

        _next.TrySetResult(false);
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> exchanging, CancellationToken stopping)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(_patience);
        try
        {
            await exchanging(deadline.Token);
            if (_away && !stopping.IsCancellationRequested)
                DatabaseAnswered(logger);
            _away = false;
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or StartRefusedException or TimeoutException)
        {
            if (!_away && !stopping.IsCancellationRequested)
                DatabaseFailed(logger, e.InnerException?.Message ?? e.Message);
            _away = true;
            return false;
        }
    }

    private void EndWhatMayNotRun(bool renewed)
    {
        if (renewed && _lost.IsCancellationRequested)
        {
            // Those that it cancelled are gone; it is not disposed, for one may still look at it.
            _lost = new CancellationTokenSource();
        }
        else if (!renewed && !_lost.IsCancellationRequested && time.GetTimestamp() >= exchange!.Book.Term.LastMoment)
        {
            LeasesLost(logger);
            _lost.Cancel();
        }
    }

    private static TaskCompletionSource<bool> NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Error, "Failed to renew the leases of limits, requests go on within those that are left: {Reason}")]
    private static partial void DatabaseFailed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Reached the database of limits again.")]
    private static partial void DatabaseAnswered(ILogger logger);

    [LoggerMessage(LogLevel.Error, "Ended all requests that ran: the leases of their limits could not be renewed for too long.")]
    private static partial void LeasesLost(ILogger logger);
}
