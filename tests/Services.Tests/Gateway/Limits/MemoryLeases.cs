using Npgsql;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>What the database does, in memory and on a clock that a test moves; it fails before or after the deed when told to.</summary>
internal sealed class MemoryLeases(SteppedClock clock) : ILeaseStore
{
    private readonly Dictionary<Guid, (DateTimeOffset Alive, DateTimeOffset Reclaimed)> _replicas = [];
    private readonly Dictionary<(string Budget, Guid Replica), (long Amount, long Wanted)> _slices = [];

    public enum Fault
    {
        None,
        Before,
        After,
    }

    public Fault Fails { get; set; }

    public long LeasedOf(string budget) => _slices.Where(s => s.Key.Budget == budget).Sum(s => s.Value.Amount);

    public Task OpenAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<LeaseAnswer> ExchangeAsync(Guid replica, TimeSpan life, TimeSpan reclaim, IReadOnlyList<SliceAsk> asks, CancellationToken cancellation)
    {
        if (Fails == Fault.Before)
            throw new NpgsqlException("away");
        var now = clock.GetUtcNow();
        foreach (var id in _replicas.Where(r => r.Value.Reclaimed < now).Select(r => r.Key).ToList())
        {
            _replicas.Remove(id);
            foreach (var slice in _slices.Keys.Where(s => s.Replica == id).ToList())
                _slices.Remove(slice);
        }

        var isNew = !_replicas.ContainsKey(replica);
        _replicas[replica] = (now + life, now + life + reclaim);
        var granted = new Dictionary<string, SliceGrant>();
        foreach (var ask in asks)
        {
            var name = ask.Slice.Name;
            var others = _slices.Where(s => s.Key.Budget == name && s.Key.Replica != replica).Sum(s => s.Value.Amount);
            var mine = _slices.GetValueOrDefault((name, replica)).Amount;
            var amount = Math.Max(0, Math.Max(Math.Min(ask.Kept, mine), Math.Min(ask.Desired, ask.Limit - others)));
            granted[name] = new SliceGrant(amount, others, Math.Max(0, ask.Needed - amount));
            _slices[(name, replica)] = (amount, granted[name].Wanted);
        }

        var rivals = _slices.Keys.Where(s => s.Replica == replica).Select(s => s.Budget).ToDictionary(b => b, b => _slices
            .Where(s => s.Key.Budget == b && s.Key.Replica != replica && _replicas[s.Key.Replica].Alive > now).ToList());
        var answer = new LeaseAnswer(isNew, granted,
            rivals.Where(r => r.Value.Sum(s => s.Value.Wanted) > 0).ToDictionary(r => r.Key, r => r.Value.Count + 1));
        return Fails == Fault.After ? throw new NpgsqlException("lost") : Task.FromResult(answer);
    }
}
