using System.Diagnostics;
using Npgsql;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;
using Zakenak.Services.Tests.Postgres;

namespace Zakenak.Services.Tests.Gateway;

public class LeaseStoreTests(PostgresCluster cluster, ITestOutputHelper output) : IClassFixture<PostgresCluster>
{
    private const int Limit = 1000;

    [Fact]
    public async Task The_database_answers_as_the_model_of_it_does_that_other_tests_use()
    {
        await using var database = NpgsqlDataSource.Create(await cluster.CreateDatabaseAsync());
        var (store, model, random) = (new LeaseStore(database), new MemoryLeases(), new Random(7));
        await store.OpenAsync(default);
        await store.OpenAsync(default); // as the next replica does
        var slices = Enumerable.Range(0, 12).Select(i => new Slice($"limit-{i}", new Lock(), new Budget(1000), new LeaseTerm())).ToArray();
        var replicas = Enumerable.Range(0, 4).Select(_ => Guid.NewGuid()).ToArray();
        var clock = new Stopwatch();
        IReadOnlyList<(ReplicaSign Real, ReplicaSign Model)> others = [];
        for (var i = 0; i < 200; i++)
        {
            var replica = replicas[random.Next(replicas.Length)];
            var asks = slices.Where(_ => random.Next(3) == 0).Select(slice =>
                new SliceAsk(slice, random.Next(Limit / 2), random.Next(Limit), random.Next(Limit), random.Next(10) == 0 ? 0 : Limit)).ToList();

            // One that was silent for too long, or one that has beaten since.
            var lost = others.Where(o => o.Real.Replica != replica && random.Next(20) == 0).ToList();
            var silent = replicas.Where(r => r != replica && random.Next(3) == 0).ToList();
            clock.Start();
            var answer = await store.ExchangeAsync(new LeaseQuestion(replica, TimeSpan.FromSeconds(i), asks, [.. lost.Select(l => l.Real)], silent), default);
            clock.Stop();
            var expected = await model.ExchangeAsync(new LeaseQuestion(replica, TimeSpan.FromSeconds(i), asks, [.. lost.Select(l => l.Model)], silent), default);
            Assert.Equal(expected.IsNew, answer.IsNew);
            Assert.Equal(expected.Granted.OrderBy(g => g.Key, StringComparer.Ordinal), answer.Granted.OrderBy(g => g.Key, StringComparer.Ordinal));
            Assert.Equal(expected.Rivals.OrderBy(r => r.Key, StringComparer.Ordinal), answer.Rivals.OrderBy(r => r.Key, StringComparer.Ordinal));
            var (real, modelled) = (answer.Others.OrderBy(o => o.Replica).ToList(), expected.Others.OrderBy(o => o.Replica).ToList());
            Assert.Equal(modelled.Select(o => (o.Replica, o.Kept)), real.Select(o => (o.Replica, o.Kept)));
            if (i % 5 == 0)
                others = [.. real.Zip(modelled)];
        }

        output.WriteLine($"{clock.Elapsed.TotalMilliseconds / 200:F2} ms for each exchange");
    }

    [Fact]
    public async Task Replicas_that_ask_at_once_never_get_more_than_there_is()
    {
        await using var database = NpgsqlDataSource.Create(await cluster.CreateDatabaseAsync());
        var store = new LeaseStore(database);
        await store.OpenAsync(default);
        var slice = new Slice("limit", new Lock(), new Budget(1000), new LeaseTerm());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var (replica, mine, random) = (Guid.NewGuid(), 0L, new Random(i));
            for (var round = 0; round < 25; round++)
            {
                var desired = random.Next(Limit);
                var answer = await store.ExchangeAsync(
                    new LeaseQuestion(replica, TimeSpan.FromHours(1), [new SliceAsk(slice, Math.Min(mine, desired), desired, desired, Limit)], [], []), default);
                var granted = answer.Granted["limit"];
                mine = granted.Amount;
                Assert.InRange(granted.Amount + granted.Others, 0, Limit);
            }
        }));
    }
}
