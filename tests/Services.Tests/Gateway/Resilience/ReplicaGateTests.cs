using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Replica = Zakenak.Gateway.Routing.ModelServer;

namespace Zakenak.Services.Tests.Gateway;

public class ReplicaGateTests
{
    private readonly SteppedClock _clock = new();

    private static InferenceRequest Request(Replica[] servers, int number = 0) => Replicas.Request(GatewayHost.Chat($"prompt {number}"), servers);

    private static void Answer(ReplicaGate gate, Replica server, InferenceRequest request, bool failed) =>
        gate.Leave(server, request.Route!, failed ? AttemptOutcome.Failed : AttemptOutcome.Answered);

    [Fact]
    public void No_policy_chooses_a_replica_that_is_gone_full_ejected_or_whose_circuit_is_open() => Prop.ForAll(
        (from states in Gen.Choose(0, 4).NonEmptyListOf() from policy in Gen.Elements(Enum.GetValues<PolicyName>()) select (states.ToArray(), policy)).ToArbitrary(),
        run =>
        {
            var (states, policy) = run;
            using var services = Replicas.Gate(out var gate, _clock, ("Routing:Policy", policy.ToString()), ("Resilience:MaxConcurrent", "3"));
            var options = new ResilienceOptions();
            var servers = Replicas.Some(states.Length, _clock);
            for (var i = 0; i < servers.Length; i++)
                Make(servers[i], states[i]);
            for (var i = 0; i < 10; i++)
            {
                var chosen = gate.TryEnter(Request(servers, i));
                if (chosen is null)
                    return states.All(s => s != 0) || servers.Where((_, at) => states[at] == 0).All(s => s.Running == 3);
                if (states[Array.IndexOf(servers, chosen)] != 0)
                    return false;
            }

            return true;

            void Make(Replica server, int state)
            {
                switch (state)
                {
                    case 1:
                        server.Models = null;
                        break;
                    case 2:
                        while (server.Running < 3)
                            server.Enter();
                        break;
                    case 3:
                        server.Health.Eject(options, _clock.GetTimestamp());
                        break;
                    case 4:
                        while (!server.Health.Circuit.Failed(options, _clock.GetTimestamp()))
                        {
                        }

                        break;
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_replica_that_fails_more_than_the_others_is_ejected_and_comes_back()
    {
        using var services = Replicas.Gate(out var gate, _clock, ("Routing:Policy", "RoundRobin"), ("Resilience:FailuresToOpen", "1000"));
        var servers = Replicas.Some(3, _clock);
        Ask(gate, servers, 300, server => server == servers[1]);
        Assert.True(servers[1].Health.IsEjected(_clock.GetTimestamp()));
        Ask(gate, servers, 30, server => server == servers[1] ? throw new InvalidOperationException("It was asked.") : false);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.False(servers[1].Health.IsEjected(_clock.GetTimestamp()));
        Assert.Contains(servers[1], Ask(gate, servers, 3, _ => false));
    }

    [Fact]
    public void When_all_fail_alike_none_is_ejected_and_never_more_than_half()
    {
        using var services = Replicas.Gate(out var gate, _clock, ("Routing:Policy", "RoundRobin"), ("Resilience:FailuresToOpen", "1000"));
        var alike = Replicas.Some(4, _clock);
        Ask(gate, alike, 400, _ => true);
        Assert.DoesNotContain(alike, s => s.Health.IsEjected(_clock.GetTimestamp()));

        // Each fails alone for a while: each would be an outlier, but two of four is the bound.
        var servers = Replicas.Some(4, _clock);
        foreach (var bad in servers)
            Ask(gate, servers, 300, server => server == bad);
        Assert.Equal(2, servers.Count(s => s.Health.IsEjected(_clock.GetTimestamp())));
    }

    [Fact]
    public async Task Who_finds_no_room_waits_in_line_and_places_go_to_the_first_first()
    {
        using var services = Replicas.Gate(out var gate, null, ("Resilience:MaxConcurrent", "1"));
        var servers = Replicas.Some(1);
        var first = Request(servers);
        Assert.NotNull(await gate.EnterAsync(first, null, CancellationToken.None));
        var waiting = Enumerable.Range(0, 3).Select(_ => gate.EnterAsync(Request(servers), null, CancellationToken.None).AsTask()).ToArray();
        Assert.Equal(3, gate.Waiting);
        for (var i = 0; i < 3; i++)
        {
            Assert.All(waiting[i..], w => Assert.False(w.IsCompleted));
            gate.Leave(servers[0], first.Route!, AttemptOutcome.Answered);
            Assert.Equal(servers[0], await waiting[i]);
        }

        Assert.Equal((0, 1), (gate.Waiting, servers[0].Running));
    }

    [Fact]
    public async Task Waiting_ends_with_patience_and_where_the_line_is_full()
    {
        using var services = Replicas.Gate(out var gate, null,
            ("Resilience:MaxConcurrent", "1"), ("Resilience:MaxWaiting", "1"), ("Resilience:WaitTimeout", "00:00:00.050"));
        var servers = Replicas.Some(1);
        var first = Request(servers);
        Assert.NotNull(gate.TryEnter(first));

        var patient = Request(servers);
        var waiting = gate.EnterAsync(patient, null, CancellationToken.None);
        var beyond = Request(servers);
        Assert.Null(await gate.EnterAsync(beyond, null, CancellationToken.None));
        Assert.Equal("overloaded", beyond.Unserved?.Code);
        Assert.Null(await waiting);
        Assert.Equal("overloaded", patient.Unserved?.Code);
        Assert.Equal((0, 1), (gate.Waiting, servers[0].Running));
    }

    [Fact]
    public async Task Waiting_ends_with_the_client()
    {
        using var services = Replicas.Gate(out var gate, null, ("Resilience:MaxConcurrent", "1"), ("Resilience:WaitTimeout", "00:01:00"));
        var servers = Replicas.Some(1);
        var first = Request(servers);
        Assert.NotNull(gate.TryEnter(first));

        using var client = new CancellationTokenSource();
        var leaving = Request(servers);
        leaving.Deadline = new AnswerDeadline(TimeProvider.System, TimeProvider.System.GetTimestamp(), TimeSpan.FromMinutes(1), client.Token);
        var left = gate.EnterAsync(leaving, null, leaving.Deadline.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await left);
        Assert.Equal((0, 1), (gate.Waiting, servers[0].Running));
        gate.Leave(servers[0], first.Route!, AttemptOutcome.Answered);
        Assert.Equal(0, servers[0].Running);
    }

    [Fact]
    public async Task Under_any_concurrency_no_replica_has_more_than_it_may_and_no_place_is_lost()
    {
        using var services = Replicas.Gate(out var gate, null, ("Resilience:MaxConcurrent", "3"), ("Resilience:WaitTimeout", "00:01:00"));
        var servers = Replicas.Some(4);
        var most = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (number, cancellation) =>
        {
            var request = Request(servers, number);
            var server = (await gate.EnterAsync(request, null, cancellation))!;
            InterlockedMax(ref most, server.Running);
            await Task.Yield();
            gate.Leave(server, request.Route!, AttemptOutcome.Answered);
        });
        Assert.InRange(most, 1, 3);
        Assert.All(servers, s => Assert.Equal(0, s.Running));
        Assert.Equal(0, gate.Waiting);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private static HashSet<Replica> Ask(ReplicaGate gate, Replica[] servers, int times, Func<Replica, bool> fails)
    {
        var request = Request(servers);
        var asked = new HashSet<Replica>();
        for (var i = 0; i < times; i++)
        {
            var server = gate.TryEnter(request)!;
            asked.Add(server);
            Answer(gate, server, request, fails(server));
        }

        return asked;
    }
}
