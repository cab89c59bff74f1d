using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>
/// Leases parts of the limits from the database for this replica: renews them now and then, takes more where a request needs it, and gives
/// back what is idle. Requests never wait for it as long as the part suffices.
/// </summary>
/// <param name="store">The database; null where this replica is alone.</param>
/// <param name="options">Those in force now.</param>
/// <param name="time">Its monotonic clock is used.</param>
/// <param name="logger">Of the database's coming and going.</param>
internal sealed partial class LimitLeases(
    ILeaseStore? store, Func<LimitsOptions> options, TimeProvider time, ILogger<LimitLeases> logger) : BackgroundService
{
    /// <summary>Longest exchange, connecting included; a request that needs one waits no longer.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private readonly Guid _id = Guid.CreateVersion7();
    private TaskCompletionSource<bool> _next = NewRound();
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyDictionary<string, int> _rivals = new Dictionary<string, int>();
    private bool _opened;
    private volatile bool _away;

    /// <summary>Whether there are other replicas to share with.</summary>
    public bool AreShared => store is not null;

    /// <summary>What is leased.</summary>
    public LeaseBook Book { get; } = new();

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
        await LeaveAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (store is not null && !stoppingToken.IsCancellationRequested)
        {
            TaskCompletionSource<bool> round;
            Task wake;
            lock (_lock)
            {
                (round, _next) = (_next, NewRound());
                _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wake = _wake.Task;
            }

            var succeeded = await TryExchangeAsync(stoppingToken);
            round.SetResult(succeeded);

            // While it is away nobody wakes us, so that it is asked at this pace whatever the load.
            await Task.WhenAny(wake, Task.Delay(options().LeaseInterval, stoppingToken));
        }

        _away = true;
        _next.TrySetResult(false);
    }

    private async Task<bool> TryExchangeAsync(CancellationToken stopping)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(_patience);
        try
        {
            if (!_opened)
                await store!.OpenAsync(deadline.Token);
            _opened = true;
            await RenewAsync(deadline.Token);
            if (_away)
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

    /// <summary>Exchanges until nothing is to be given back; only one at a time.</summary>
    internal async Task RenewAsync(CancellationToken cancellation)
    {
        // Once more at once where others want what is idle here: they wait for it.
        if (await ExchangeAllAsync(cancellation))
            await ExchangeAllAsync(cancellation);
    }

    /// <summary>One exchange about all limits. True when others turned out to want more.</summary>
    private async Task<bool> ExchangeAllAsync(CancellationToken cancellation)
    {
        var (life, reclaim) = (options().LeaseLife, options().LeaseReclaim);
        var begun = time.GetTimestamp();
        var asks = new List<SliceAsk>();
        foreach (var slice in Book.All())
        {
            lock (slice.Gate)
            {
                if (slice.Ask(begun, _rivals.GetValueOrDefault(slice.Name)) is { } ask)
                    asks.Add(ask);
            }
        }

        var answer = await store!.ExchangeAsync(_id, life, reclaim, asks, cancellation);
        if (answer.IsNew)
        {
            // New to the database: at our first exchange, or after it gave up on us, or lost its memory.
            foreach (var slice in Book.All())
            {
                lock (slice.Gate)
                    slice.Lose();
            }
        }

        var known = time.GetTimestamp() + Ticks(options().LeaseInterval);
        foreach (var ask in asks)
        {
            var granted = answer.Granted[ask.Slice.Name];
            lock (ask.Slice.Gate)
                ask.Slice.Take(granted.Amount, granted.Others, granted.Wanted, known);
        }

        // Counted from before the question, so that it ends here before it ends there.
        Book.Term.End = begun + Ticks(life);
        var more = answer.Rivals.Keys.Any(name => !_rivals.ContainsKey(name));
        _rivals = answer.Rivals;
        return more;
    }

    /// <summary>Gives all back but what was used within the last minute, which is free again when that is over.</summary>
    private async Task LeaveAsync(CancellationToken cancellation)
    {
        Book.Term.End = long.MinValue;
        if (!_opened)
            return;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_patience);
        var (asks, held) = (new List<SliceAsk>(), false);
        foreach (var slice in Book.All())
        {
            lock (slice.Gate)
            {
                asks.Add(slice.Leave(time.GetTimestamp()));
                held |= slice.IsHeld;
            }
        }

        try
        {
            await store!.ExchangeAsync(_id, TimeSpan.Zero, held ? options().LeaseReclaim : LimitsOptions.Window, asks, deadline.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            // Then it is reclaimed as a crashed replica's is.
            DatabaseFailed(logger, e.InnerException?.Message ?? e.Message);
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private static TaskCompletionSource<bool> NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Error, "Failed to renew the leases of limits, requests go on within those that are left: {Reason}")]
    private static partial void DatabaseFailed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Reached the database of limits again.")]
    private static partial void DatabaseAnswered(ILogger logger);
}
