namespace Zakenak.Gateway.Limits.Leases;

/// <summary>What one replica tells the store of leases and takes from it. One call at a time.</summary>
/// <param name="store">The store.</param>
/// <param name="options">Those in force now.</param>
/// <param name="time">Its monotonic clock is used.</param>
internal sealed class LeaseExchange(ILeaseStore store, Func<LimitsOptions> options, TimeProvider time)
{
    /// <summary>Requests that may not run any more end this much later at most: somebody has to see that their time is over.</summary>
    private static readonly TimeSpan _slack = TimeSpan.FromSeconds(15);

    private readonly Guid _id = Guid.CreateVersion7();
    private IReadOnlyDictionary<string, int> _rivals = new Dictionary<string, int>();
    private bool _opened;

    /// <summary>What is leased.</summary>
    public LeaseBook Book { get; } = new();

    /// <summary>The other replicas.</summary>
    public ReplicaWatch Others { get; } = new(time);

    /// <summary>Renews all leases, takes what is wanted and gives back what is idle.</summary>
    public async Task RenewAsync(CancellationToken cancellation)
    {
        if (!_opened)
            await store.OpenAsync(cancellation);
        _opened = true;

        // Once more at once where others turn out to want what is idle here: they wait for it.
        if (await RenewOnceAsync(cancellation))
            await RenewOnceAsync(cancellation);
    }

    /// <summary>At the end of this replica: gives all back but what was used within the last minute, which is free again when that is over.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        Book.Term.End = long.MinValue;
        if (!_opened)
            return;
        var (asks, held) = (new List<SliceAsk>(), false);
        foreach (var slice in Book.All())
        {
            lock (slice.Gate)
            {
                asks.Add(slice.Leave(time.GetTimestamp()));
                held |= slice.IsHeld;
            }
        }

        await store.ExchangeAsync(new LeaseQuestion(_id, held ? options().LeaseReclaim : LimitsOptions.Window, asks, [], []), cancellation);
    }

    private async Task<bool> RenewOnceAsync(CancellationToken cancellation)
    {
        var (life, reclaim, interval) = (options().LeaseLife, options().LeaseReclaim, options().LeaseInterval);
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

        var answer = await store.ExchangeAsync(
            new LeaseQuestion(_id, life + reclaim, asks, Others.Lost(begun), Others.Silent(begun, life)), cancellation);
        Others.Take(answer.Others);
        if (answer.IsNew)
        {
            // New to the database: at our first exchange, or after it gave up on us, or lost its memory.
            foreach (var slice in Book.All())
            {
                lock (slice.Gate)
                    slice.Lose();
            }
        }

        var known = time.GetTimestamp() + time.TicksOf(interval);
        foreach (var ask in asks)
        {
            var granted = answer.Granted[ask.Slice.Name];
            lock (ask.Slice.Gate)
                ask.Slice.Take(granted.Amount, granted.Others, granted.Wanted, known);

            // Outside of the gate: whoever holds that may be about to add one.
            if (ask.Slice.IsGone)
                Book.Remove(ask.Slice);
        }

        // Counted from before the question, so that it ends here before it ends there.
        Book.Term.Renew(begun + time.TicksOf(life), begun + time.TicksOf(life + reclaim - LimitsOptions.Window - _slack));
        var more = answer.Rivals.Keys.Any(name => !_rivals.ContainsKey(name));
        _rivals = answer.Rivals;
        return more;
    }
}
