using Npgsql;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>What the database does, in memory; it fails before or after the deed when told to.</summary>
internal sealed class MemoryLeases : ILeaseStore
{
    private readonly Dictionary<Guid, ReplicaSign> _replicas = [];
    private readonly Dictionary<(string Budget, Guid Replica), (long Amount, long Wanted)> _slices = [];

    public enum Fault
    {
        None,
        Before,
        After,
    }

    public Fault Fails { get; set; }

    /// <summary>Of the last replica that made itself known.</summary>
    public long Beat { get; private set; }

    public long LeasedOf(string budget) => _slices.Where(s => s.Key.Budget == budget).Sum(s => s.Value.Amount);

    public Task OpenAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<LeaseAnswer> ExchangeAsync(LeaseQuestion question, CancellationToken cancellation)
    {
        var replica = question.Replica;
        if (Fails == Fault.Before)
            throw new NpgsqlException("away");
        foreach (var lost in question.Lost.Where(lost => _replicas.GetValueOrDefault(lost.Replica).Beat == lost.Beat))
        {
            _replicas.Remove(lost.Replica);
            foreach (var slice in _slices.Keys.Where(s => s.Replica == lost.Replica).ToList())
                _slices.Remove(slice);
        }

        var isNew = !_replicas.ContainsKey(replica);
        _replicas[replica] = new ReplicaSign(replica, ++Beat, question.Kept);
        var granted = new Dictionary<string, SliceGrant>();
        foreach (var ask in question.Asks)
        {
            var name = ask.Slice.Name;
            var others = _slices.Where(s => s.Key.Budget == name && s.Key.Replica != replica).Sum(s => s.Value.Amount);
            var mine = _slices.GetValueOrDefault((name, replica)).Amount;
            var amount = Math.Max(0, Math.Max(Math.Min(ask.Kept, mine), Math.Min(ask.Desired, ask.Limit - others)));
            granted[name] = new SliceGrant(amount, others, Math.Max(0, ask.Needed - amount));
            _slices[(name, replica)] = (amount, granted[name].Wanted);
        }

        var rivals = _slices.Keys.Where(s => s.Replica == replica).Select(s => s.Budget).ToDictionary(b => b, b => _slices
            .Where(s => s.Key.Budget == b && s.Key.Replica != replica && !question.Silent.Contains(s.Key.Replica)).ToList());
        var answer = new LeaseAnswer(isNew, granted,
            rivals.Where(r => r.Value.Sum(s => s.Value.Wanted) > 0).ToDictionary(r => r.Key, r => r.Value.Count + 1),
            [.. _replicas.Values.Where(r => r.Replica != replica)]);
        return Fails == Fault.After ? throw new NpgsqlException("lost") : Task.FromResult(answer);
    }
}
