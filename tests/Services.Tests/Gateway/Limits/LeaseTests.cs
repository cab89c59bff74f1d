using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Zakenak.Gateway.ApiKeys;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Replicas that share limits, one step at a time.</summary>
public class LeaseTests
{
    private const string Budget = "tenant:acme/tokens";
    private const int Replicas = 3;

    /// <summary>Longest that a request of these tests runs, in seconds.</summary>
    private const int Longest = 60;

    private enum Deed
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

    private sealed record Step(Deed Deed, int Replica, int Amount);

    private sealed class Life(int replica, long held, DateTimeOffset begin)
    {
        public int Replica => replica;

        public long Held => held;

        public DateTimeOffset Begin => begin;

        public DateTimeOffset? End { get; set; }

        public long Used { get; set; }
    }

    private static Gen<(int Limit, Step[] Steps)> Cases() =>
        from limit in Gen.Choose(3, 400)
        from steps in (
            from deed in Gen.Frequency(
                (10, Gen.Constant(Deed.Ask)), (5, Gen.Constant(Deed.End)), (8, Gen.Constant(Deed.Renew)), (1, Gen.Constant(Deed.RenewInVain)),
                (1, Gen.Constant(Deed.RenewUnheard)), (1, Gen.Constant(Deed.Crash)), (1, Gen.Constant(Deed.Leave)), (5, Gen.Constant(Deed.Wait)))
            from replica in Gen.Choose(0, Replicas - 1)
            from amount in Gen.Choose(1, 100)
            select new Step(deed, replica, amount)).ListOf(200)
        select (limit, steps.ToArray());

    [Fact]
    public void All_replicas_together_never_have_more_than_the_limit_in_any_minute() => Prop.ForAll(Cases().ToArbitrary(), c =>
    {
        var suite = new Suite(c.Limit);
        foreach (var step in c.Steps)
            suite.Take(step);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task What_is_idle_goes_where_it_is_wanted_and_two_that_want_all_get_half()
    {
        var suite = new Suite(1000);
        Assert.True(await suite.AskAsync(0, 300));
        suite.Take(new Step(Deed.End, 0, 0));
        suite.Take(new Step(Deed.Renew, 0, 0));

        // Nothing was used: all of it can go to another, which finds some of it leased, and all of it as soon as the first heard of that.
        Assert.False(await suite.AskAsync(1, 1000));
        foreach (var replica in new[] { 1, 0, 1 })
            suite.Take(new Step(Deed.Renew, replica, 0));
        Assert.True(await suite.AskAsync(1, 1000));
        suite.Take(new Step(Deed.End, 1, 100));

        // Both want what there is, again and again.
        var got = new long[2];
        for (var second = 0; second < 600; second++)
        {
            for (var replica = 0; replica < 2; replica++)
            {
                while (await suite.AskAsync(replica, 20))
                {
                    suite.Take(new Step(Deed.End, replica, 100));
                    got[replica] += second > 300 ? 20 : 0;
                }
            }

            suite.Take(new Step(Deed.Wait, 0, 10));
            suite.Take(new Step(Deed.Renew, 0, 0));
            suite.Take(new Step(Deed.Renew, 1, 0));
        }

        Assert.InRange(got[0], got[1] * 0.7, got[1] * 1.4);
        Assert.True(got.Sum() > 300 / 60.25 * 1000 * 0.85, $"{got[0]} and {got[1]} of {300 / 60.25 * 1000:F0}");
    }

    [Fact]
    public async Task Once_a_part_is_leased_nothing_is_asked_for_it_and_after_its_end_nothing_is_admitted()
    {
        var suite = new Suite(1600);
        Assert.True(await suite.AskAsync(0, 10));
        suite.Leases.Fails = MemoryLeases.Fault.Before;
        Assert.Equal(AdmissionResult.Admitted, suite.Reserve(0, 60));
        Assert.Equal(AdmissionResult.Unleased, suite.Reserve(0, 60));
        suite.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(AdmissionResult.Admitted, suite.Reserve(0, 10));
        suite.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AdmissionResult.Unleased, suite.Reserve(0, 1));
    }

    /// <summary>Replicas with their store, and what their requests did.</summary>
    private sealed class Suite
    {
        private static readonly Client _client = new() { KeyId = "a", Tenant = "acme", Models = [], Features = [] };

        private readonly LimitsOptions _options;
        private readonly List<Life> _lives = [];
        private readonly (LimitLeases Leases, TenantLimits Tenant)[] _replicas = new (LimitLeases, TenantLimits)[Replicas];

        public Suite(int limit)
        {
            _options = new LimitsOptions
            {
                TenantTokensPerMinute = limit,
                LeaseLife = TimeSpan.FromSeconds(10),
                LeaseReclaim = TimeSpan.FromSeconds(Longest + 61),
            };
            Leases = new MemoryLeases(Clock);
            for (var i = 0; i < Replicas; i++)
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
                await _replicas[replica].Leases.RenewAsync(default);
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
                    _replicas[step.Replica].Leases.StopAsync(default).GetAwaiter().GetResult();
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
                _replicas[replica].Leases.RenewAsync(default).GetAwaiter().GetResult();
            }
            catch (NpgsqlException)
            {
                // As told.
            }

            Leases.Fails = MemoryLeases.Fault.None;
        }

        private void Start(int replica)
        {
            var leases = new LimitLeases(Leases, () => _options, Clock, NullLogger<LimitLeases>.Instance);
            _replicas[replica] = (leases, new RequestLimiter(() => _options, Clock, leases).For("acme"));
        }
    }
}
