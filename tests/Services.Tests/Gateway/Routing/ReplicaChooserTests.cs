using Microsoft.Extensions.DependencyInjection;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Replica = Zakenak.Gateway.Routing.ModelServer;

namespace Zakenak.Services.Tests.Gateway;

public class ReplicaChooserTests
{
    private static string Chat(string system, string first, string later = "") =>
        $$"""{"model":"guide","temperature":0,"messages":[{"role":"system","content":"{{system}}"},{"role":"user","content":"{{first}}"}{{later}}]}""";

    [Fact]
    public void Turns_of_one_conversation_go_to_one_replica_and_others_elsewhere()
    {
        var servers = Replicas.Some(50);
        using var services = Use(PolicyName.PrefixAffinity, out var gate);
        Replica Ask(string body, string key = "0123456789abcdef")
        {
            var request = Replicas.Request(body, servers, key);
            var chosen = gate.TryEnter(request)!;
            gate.Leave(chosen, request.Route!, AttemptOutcome.Answered);
            return chosen;
        }

        var first = Ask(Chat("You help.", "What is a lease?"));
        Assert.Equal(first, Ask(Chat("You help.", "What is a lease?", """,{"role":"assistant","content":"A bound."},{"role":"user","content":"And a grant?"}""")));
        Assert.True(Enumerable.Range(0, 20).Select(i => Ask(Chat("You help.", $"Question {i}"))).Distinct().Count() > 5);
        Assert.True(Enumerable.Range(0, 20).Select(i => Ask(Chat("You help.", "What is a lease?"), $"{i:x16}")).Distinct().Count() > 5);
    }

    [Theory]
    [InlineData(nameof(PolicyName.Balanced))]
    [InlineData(nameof(PolicyName.LeastLoaded))]
    [InlineData(nameof(PolicyName.PrefixAffinity))]
    [InlineData(nameof(PolicyName.RoundRobin))]
    [InlineData(nameof(PolicyName.Random))]
    [InlineData(nameof(PolicyName.CostAware))]
    [InlineData(nameof(PolicyName.QualityFirst))]
    public void A_choice_allocates_nothing(string policy)
    {
        using var services = Use(Enum.Parse<PolicyName>(policy), out var gate);
        var request = Replicas.Request(Chat("You help.", new string('x', 20_000)), Replicas.Some(100));
        Choose(200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Choose(200);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Choose(int times)
        {
            for (var i = 0; i < times; i++)
                gate.Leave(gate.TryEnter(request)!, request.Route!, AttemptOutcome.Answered);
        }
    }

    [Fact]
    public void Requests_at_the_same_moment_keep_the_bounded_share()
    {
        using var services = Use(PolicyName.PrefixAffinity, out var gate);
        var servers = Replicas.Some(10);
        var body = Chat("One prompt", "for all");
        Parallel.For(0, 400, _ => gate.TryEnter(Replicas.Request(body, servers)));
        Assert.Equal(400, servers.Sum(s => s.Running));
        Assert.All(servers, s => Assert.True(s.Running <= PrefixAffinity.Bound(400, 10, 1.25), $"{s.Running}"));
    }

    [Fact]
    public void What_was_tried_is_not_chosen_again()
    {
        using var services = Use(PolicyName.Balanced, out var gate);
        var request = Replicas.Request(Chat("a", "b"), Replicas.Some(4));
        var tried = new HashSet<Replica>();
        while (gate.TryEnter(request, tried) is { } server)
            Assert.True(tried.Add(server));
        Assert.Equal(4, tried.Count);
    }

    private static ServiceProvider Use(PolicyName policy, out ReplicaGate gate) => Replicas.Gate(out gate, null, ("Routing:Policy", policy.ToString()));
}
