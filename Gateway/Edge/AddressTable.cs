using System.Collections.Concurrent;
using System.Net;

namespace Zakenak.Gateway.Edge;

/// <summary>What every address has going on, in bounded memory. When it is full, more addresses go uncounted: an attacker with so many is bounded by the number of all connections.</summary>
internal sealed class AddressTable : IDisposable
{
    private const int MaxAddresses = 64 * 1024;

    private static readonly TimeSpan _sweepInterval = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<AddressKey, AddressState> _states = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _start;

    // The dictionary's own count takes all its locks.
    private int _count;

    public AddressTable(TimeProvider time)
    {
        (_time, _start) = (time, time.GetTimestamp());
        _timer = time.CreateTimer(static table => ((AddressTable)table!).Sweep(), this, _sweepInterval, _sweepInterval);
    }

    /// <summary>Addresses that are counted now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes one of its connections; false where it has as many as it may. What was taken is given back with <see cref="Close"/>.</summary>
    public bool TryOpen(IPAddress address, int max, out AddressState? state)
    {
        state = FindOrAdd(AddressKey.Of(address));
        if (state is null)
            return true;
        try
        {
            if (state.Connections >= max)
                return false;
            state.Connections++;
            return true;
        }
        finally
        {
            Monitor.Exit(state);
        }
    }

    public static void Close(AddressState? state)
    {
        if (state is null)
            return;
        lock (state)
            state.Connections--;
    }

    /// <summary>Counts a request; the seconds to wait where it is one too many, and why.</summary>
    public (double Seconds, bool ForRefusals) Enter(IPAddress address, int? requestsPerMinute, int refusalsPerMinute)
    {
        var now = Now();
        var key = AddressKey.Of(address);

        // Whom nothing is counted for costs no place.
        var state = requestsPerMinute is null ? Find(key) : FindOrAdd(key);
        if (state is null)
            return default;
        try
        {
            if (state.Refusals.Wait(now, refusalsPerMinute) is > 0 and var refusals)
                return (refusals, true);
            if (requestsPerMinute is not { } perMinute)
                return default;
            if (state.Requests.Wait(now, perMinute) is > 0 and var requests)
                return (requests, false);
            state.Requests.Take(now, perMinute);
            return default;
        }
        finally
        {
            Monitor.Exit(state);
        }
    }

    /// <summary>Counts an answer 401.</summary>
    public void Refused(IPAddress address, int perMinute)
    {
        if (FindOrAdd(AddressKey.Of(address)) is not { } state)
            return;
        state.Refusals.Take(Now(), perMinute);
        Monitor.Exit(state);
    }

    public void Dispose() => _timer.Dispose();

    private double Now() => _time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>The state, locked; null where there is none.</summary>
    private AddressState? Find(AddressKey key)
    {
        if (!_states.TryGetValue(key, out var state))
            return null;
        Monitor.Enter(state);
        if (!state.IsGone)
            return state;
        Monitor.Exit(state);
        return null;
    }

    /// <summary>The state, locked; null where the table is full.</summary>
    private AddressState? FindOrAdd(AddressKey key)
    {
        while (true)
        {
            if (Find(key) is { } state)
                return state;
            if (Count >= MaxAddresses)
                return null;
            if (_states.TryAdd(key, new AddressState()))
                Interlocked.Increment(ref _count);
        }
    }

    private void Sweep()
    {
        var now = Now();
        foreach (var (key, state) in _states)
        {
            lock (state)
            {
                if (state.Connections > 0 || !state.Requests.IsIdle(now) || !state.Refusals.IsIdle(now))
                    continue;
                state.IsGone = true;
                _states.TryRemove(key, out _);
                Interlocked.Decrement(ref _count);
            }
        }
    }
}
