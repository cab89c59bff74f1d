using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Replica = Zakenak.Gateway.Routing.ModelServer;

namespace Zakenak.Services.Tests.Gateway;

public class PolicyTests
{
    private static readonly ReplicaQuestion _long = new(Prefix: 77, Bytes: 1_000_000, Turn: 0);

    private static Replica Choose(PolicyName name, ReadOnlySpan<Replica> servers, RoutingOptions? options = null, ReplicaQuestion? question = null) =>
        servers[Replicas.Policy(name).Choose(question ?? _long, servers, options ?? new RoutingOptions())];

    [Fact]
    public void Queued_sequences_and_kv_cells_make_a_replica_busy()
    {
        var servers = Replicas.Some(3);
        servers[0].Busy(12);
        servers[1].Busy(0, kvPermille: 600);
        servers[2].Busy(30);
        Assert.Equal(0.5, servers[0].Busyness);
        Assert.Equal(0.6, servers[1].Busyness);
        Assert.Equal(1.25, servers[2].Busyness);
        Assert.Equal(servers[0], Choose(PolicyName.LeastLoaded, servers));
    }

    [Fact]
    public void What_a_replica_reports_counts_our_own_requests_once()
    {
        var server = Replicas.Some(1)[0];
        server.Enter();
        server.Enter();
        server.Busy(5);
        Assert.Equal(5, server.Requests);
        server.Leave();
        Assert.Equal(4, server.Requests);
        server.Enter();
        server.Enter();
        server.Busy(1);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public void A_long_prompt_waits_for_the_replica_that_knows_it_and_a_short_one_does_not()
    {
        var servers = Replicas.Some(4);
        var home = Choose(PolicyName.Balanced, servers);
        home.Busy(8);
        Assert.Equal(home, Choose(PolicyName.Balanced, servers));
        Assert.NotEqual(home, Choose(PolicyName.Balanced, servers, question: _long with { Bytes = 100 }));
        home.Busy(13);
        Assert.NotEqual(home, Choose(PolicyName.Balanced, servers));
    }

    [Fact]
    public void The_cheapest_is_asked_until_it_is_busy()
    {
        var servers = Replicas.Some(3);
        var options = new RoutingOptions
        {
            Costs = { new ReplicaCost { Url = servers[0].Origin, Cost = 3 }, new ReplicaCost { Url = servers[1].Origin, Cost = 1 }, new ReplicaCost { Url = servers[2].Origin, Cost = 2 } },
        };
        Assert.Equal(servers[1], Choose(PolicyName.CostAware, servers, options));
        servers[1].Busy(23);
        Assert.Equal(servers[2], Choose(PolicyName.CostAware, servers, options));
        servers[2].Busy(40);
        servers[0].Busy(50);
        Assert.Equal(servers[1], Choose(PolicyName.CostAware, servers, options));
    }

    [Fact]
    public void Round_robin_visits_all_and_random_depends_on_the_seed_alone()
    {
        var servers = Replicas.Some(5);
        Replica[] Turns(PolicyName name, ulong seed = 0) =>
            [.. Enumerable.Range(0, 50).Select(i => Choose(name, servers, new RoutingOptions { Seed = seed }, new ReplicaQuestion(0, 1, (uint)i)))];
        Assert.Equal(servers, Turns(PolicyName.RoundRobin).Take(5));
        Assert.Equal(Turns(PolicyName.Random, 7), Turns(PolicyName.Random, 7));
        Assert.NotEqual(Turns(PolicyName.Random, 7), Turns(PolicyName.Random, 8));
        Assert.Equal(5, Turns(PolicyName.Random).Distinct().Count());
    }

    [Fact]
    public void A_request_without_a_prompt_to_share_goes_to_the_least_loaded()
    {
        var servers = Replicas.Some(3);
        servers[0].Busy(5);
        servers[2].Busy(5);
        foreach (var policy in new[] { PolicyName.Balanced, PolicyName.PrefixAffinity })
            Assert.Equal(servers[1], Choose(policy, servers, question: new ReplicaQuestion(0, 100, 0)));
    }

    [Fact]
    public void The_hash_is_the_same_in_every_process_and_sees_every_byte()
    {
        // A constant of the wire between gateways: whoever changes it moves every prompt at once.
        Assert.Equal(StableHash.Of("guide"u8, 0), StableHash.Of("guide"u8.ToArray(), 0));
        var bytes = new byte[100];
        var seen = new HashSet<ulong> { StableHash.Of(bytes, 0), StableHash.Of(bytes, 1), StableHash.Of(bytes.AsSpan(1), 0) };
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = 1;
            Assert.True(seen.Add(StableHash.Of(bytes, 0)));
            bytes[i] = 0;
        }
    }
}
