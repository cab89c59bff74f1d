using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Replica = Zakenak.Gateway.Routing.ModelServer;

namespace Zakenak.Services.Tests.Gateway;

public class PolicyPropertyTests
{
    private static readonly Gen<ulong> _prefix = from high in Gen.Choose(0, int.MaxValue) from low in Gen.Choose(0, int.MaxValue) select ((ulong)high << 32 | (uint)low) | 1;

    private static readonly Gen<Field> _field =
        from loads in Gen.Choose(0, 60).NonEmptyListOf()
        from slots in Gen.Choose(1, 32)
        from kv in Gen.Choose(0, 1000)
        from prefix in _prefix
        from turn in Gen.Choose(0, 10_000)
        from factor in Gen.Choose(100, 300)
        from seed in Gen.Choose(0, 1000)
        select new Field([.. loads], slots, kv, new ReplicaQuestion(prefix, 4000, (uint)turn), factor / 100.0, (ulong)seed);

    private static void Holds<T>(Gen<T> gen, Func<T, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(gen.ToArbitrary(), property));

    [Fact]
    public void Every_policy_chooses_one_of_the_candidates_and_the_same_one_when_asked_again() => Holds(_field, field =>
    {
        var (servers, options) = (field.Servers(), field.Options());
        return Replicas.Policies.All(policy =>
        {
            var first = policy.Choose(field.Question, servers, options);
            return first >= 0 && first < servers.Length && first == policy.Choose(field.Question, field.Servers(), field.Options());
        });
    });

    [Fact]
    public void A_replica_that_leaves_moves_only_the_prompts_that_it_had() => Holds(
        from count in Gen.Choose(2, 40) from gone in Gen.Choose(0, 39) from prefix in _prefix select (count, gone: gone % count, prefix),
        run =>
        {
            var before = Replicas.Some(run.count);
            var after = before.Where((_, i) => i != run.gone).ToArray();
            var (home, moved) = (Home(before, run.prefix), Home(after, run.prefix));
            return home == before[run.gone] || home == moved;
        });

    [Fact]
    public void Prompts_spread_evenly_and_a_tenth_replica_takes_a_tenth_of_them()
    {
        var servers = Replicas.Some(10);
        var (homes, moved) = (new Dictionary<Replica, int>(), 0);
        const int Prompts = 20_000;
        for (var i = 0; i < Prompts; i++)
        {
            var prefix = StableHash.Of($"prompt {i}", seed: 0);
            var home = Home(servers, prefix);
            homes[home] = homes.GetValueOrDefault(home) + 1;
            moved += Home(servers[..9], prefix) == home ? 0 : 1;
        }

        Assert.All(homes.Values, count => Assert.InRange(count, Prompts / 10 * 0.9, Prompts / 10 * 1.1));
        Assert.Equal(homes[servers[9]], moved);
    }

    [Fact]
    public void No_replica_ever_has_more_than_its_bounded_share() => Holds(
        from count in Gen.Choose(1, 20)
        from factor in Gen.Choose(100, 300)
        from prompts in Gen.Choose(1, 4)
        from steps in Gen.Choose(0, 5).ListOf()
        select (count, factor: factor / 100.0, prompts, steps: steps.ToArray()),
        run =>
        {
            var servers = Replicas.Some(run.count);
            var options = new RoutingOptions { LoadFactor = run.factor };
            var policy = new PrefixAffinity();
            var turn = 0u;
            foreach (var step in run.steps)
            {
                // A request in five ends; the others come, all with a few prompts.
                if (step == 0 && servers.FirstOrDefault(s => s.Running > 0) is { } done)
                {
                    done.Leave();
                    continue;
                }

                var prefix = StableHash.Of($"prompt {step % run.prompts}", seed: 0) | 1;
                var chosen = servers[policy.Choose(new ReplicaQuestion(prefix, 100, turn++), servers, options)];
                chosen.Enter();
                if (chosen.Running > PrefixAffinity.Bound(servers.Sum(s => (long)s.Running), servers.Length, run.factor))
                    return false;
            }

            return true;
        });

    [Fact]
    public void The_least_loaded_is_no_busier_than_any_other() => Holds(_field, field =>
    {
        var servers = field.Servers();
        var chosen = servers[Replicas.Policy(PolicyName.LeastLoaded).Choose(field.Question, servers, field.Options())];
        return servers.All(s => chosen.Busyness <= s.Busyness);
    });

    [Fact]
    public void Balanced_never_takes_one_that_is_busier_than_the_prompt_is_worth() => Holds(_field, field =>
    {
        var (servers, options) = (field.Servers(), field.Options());
        var chosen = servers[Replicas.Policy(PolicyName.Balanced).Choose(field.Question, servers, options)];
        return chosen.Busyness - servers.Min(s => s.Busyness) <= options.PrefixWorth;
    });

    private static Replica Home(Replica[] servers, ulong prefix) =>
        servers[new PrefixAffinity().Choose(new ReplicaQuestion(prefix | 1, 100, 0), servers, new RoutingOptions())];

    internal sealed record Field(int[] Loads, int Slots, int Kv, ReplicaQuestion Question, double LoadFactor, ulong Seed)
    {
        public Replica[] Servers() => [.. Replicas.Some(Loads.Length).Select((s, i) => s.Busy(Loads[i], Slots, Kv * i / Loads.Length))];

        public RoutingOptions Options() => new() { LoadFactor = LoadFactor, Seed = Seed };
    }
}
