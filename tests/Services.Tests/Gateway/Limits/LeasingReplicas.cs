using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Replicas that share limits, what happens to them one step at a time, and what their requests did.</summary>
internal sealed class LeasingReplicas
{
    public const int Count = 3;

    private const string Budget = "tenant:acme/tokens";

    /// <summary>Longest that a request of these tests runs, in seconds.</summary>
    private const int Longest = 60;

    private static readonly Client _client = new() { KeyId = "a", Tenant = "acme", Models = [], Features = [] };

    private readonly LimitsOptions _options;
    private readonly List<Life> _lives = [];
    private readonly (LeaseExchange Exchange, TenantLimits Tenant)[] _replicas = new (LeaseExchange, TenantLimits)[Count];

    public LeasingReplicas(int limit)
    {
        _options = new LimitsOptions
        {
            TenantTokensPerMinute = limit,
            LeaseLife = TimeSpan.FromSeconds(10),
            LeaseReclaim = TimeSpan.FromSeconds(Longest + 61),
        };
        Leases = new MemoryLeases();
        for (var i = 0; i < Count; i++)
            Start(i);
    }

    public SteppedClock Clock { get; } = new();

    public MemoryLeases Leases { get; }

    public AdmissionResult Reserve(int replica, int tokens)
    {
        var result = _replicas[replica].Tenant.Enter(_client).Result;
        if (result != AdmissionResult.Admitted)
            return result;
        result = _replicas[replica].Tenant.Reserve(_client, "guide", tokens).Result;
        if (result == AdmissionResult.Admitted)
            _lives.Add(new Life(replica, tokens, Clock.GetUtcNow()));
        else
            _replicas[replica].Tenant.Leave(_client);
        return result;
    }

    /// <summary>Whether a request is admitted, after exchanges where these are needed.</summary>
    public async Task<bool> AskAsync(int replica, int tokens)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            if (Reserve(replica, tokens) is var result && result != AdmissionResult.Unleased)
                return result == AdmissionResult.Admitted;
            await _replicas[replica].Exchange.RenewAsync(default);
        }

        return false;
    }

    public void Take(Step step)
    {
        switch (step.Deed)
        {
            case Deed.Ask:
                if (Reserve(step.Replica, step.Amount) == AdmissionResult.Unleased)
                {
                    Renew(step.Replica, MemoryLeases.Fault.None);
                    Reserve(step.Replica, step.Amount);
                }

                break;
            case Deed.End when _lives.Find(l => l.End is null && l.Replica == step.Replica) is { } life:
                End(life, step.Amount);
                break;
            case Deed.Renew:
                Renew(step.Replica, MemoryLeases.Fault.None);
                break;
            case Deed.RenewInVain:
                Renew(step.Replica, MemoryLeases.Fault.Before);
                break;
            case Deed.RenewUnheard:
                Renew(step.Replica, MemoryLeases.Fault.After);
                break;
            case Deed.Crash:
                foreach (var life in _lives.Where(l => l.End is null && l.Replica == step.Replica))
                    (life.End, life.Used) = (Clock.GetUtcNow(), life.Held);
                Start(step.Replica);
                break;
            case Deed.Leave:
                // Some of its requests are cut off after it left.
                _replicas[step.Replica].Exchange.LeaveAsync(default).GetAwaiter().GetResult();
                foreach (var life in _lives.Where(l => l.End is null && l.Replica == step.Replica))
                    (life.End, life.Used) = (Clock.GetUtcNow(), life.Held);
                Start(step.Replica);
                break;
            case Deed.Wait:
                Clock.Advance(TimeSpan.FromMilliseconds(step.Amount < 90 ? step.Amount * 100 : step.Amount * 2000));
                foreach (var life in _lives.Where(l => l.End is null && (Clock.GetUtcNow() - l.Begin).TotalSeconds > Longest).ToList())
                    End(life, 100, life.Begin.AddSeconds(Longest));
                break;
        }

        var now = Clock.GetUtcNow();
        var counts = _lives.Sum(l => l.End is null ? l.Held : now - l.End < TimeSpan.FromMinutes(1) ? l.Used : 0);
        Assert.True(counts <= _options.TenantTokensPerMinute, $"{counts} of {_options.TenantTokensPerMinute} after {step}");
        Assert.True(Leases.LeasedOf(Budget) <= _options.TenantTokensPerMinute);
    }

    private void End(Life life, int percent, DateTimeOffset? at = null)
    {
        (life.End, life.Used) = (at ?? Clock.GetUtcNow(), life.Held * percent / 100);
        _replicas[life.Replica].Tenant.Settle(_client, "guide", life.Held, life.Used);
        _replicas[life.Replica].Tenant.Leave(_client);
    }

    private void Renew(int replica, MemoryLeases.Fault fault)
    {
        Leases.Fails = fault;
        try
        {
            _replicas[replica].Exchange.RenewAsync(default).GetAwaiter().GetResult();
        }
        catch (NpgsqlException)
        {
            // As told.
        }

        Leases.Fails = MemoryLeases.Fault.None;
    }

    private void Start(int replica)
    {
        var exchange = new LeaseExchange(Leases, () => _options, Clock);
        var leases = new LimitLeases(exchange, () => _options, Clock, NullLogger<LimitLeases>.Instance);
        _replicas[replica] = (exchange, new RequestLimiter(() => _options, Clock, leases).For("acme"));
    }

    internal enum Deed
    {
        Ask,
        End,
        Renew,
        RenewInVain,
        RenewUnheard,
        Crash,
        Leave,
        Wait,
    }

    internal sealed record Step(Deed Deed, int Replica, int Amount);

    private sealed class Life(int replica, long held, DateTimeOffset begin)
    {
        public int Replica => replica;

        public long Held => held;

        public DateTimeOffset Begin => begin;

        public DateTimeOffset? End { get; set; }

        public long Used { get; set; }
    }
}
