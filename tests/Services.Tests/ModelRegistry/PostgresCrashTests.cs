using System.Collections.Concurrent;
using Zakenak.Audit;
using Zakenak.ModelTrust.Stages;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>The database's server, killed while it changes versions.</summary>
public sealed class PostgresCrashTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    private const int Kills = 5;
    private const int MostKills = 60;
    private const int ChangesBetween = 8;
    private const string Undone = "change.undone";

    private readonly RegistryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Killed_in_the_middle_of_changes_it_loses_nothing_acknowledged_and_agrees_with_the_audit_log()
    {
        var database = await cluster.CreateDatabaseAsync();
        var settings = new Dictionary<string, string?> { ["ConnectionStrings:zakenak"] = database };
        var models = Enumerable.Range(0, 3).Select(i => new PushedModel(_home, "model-" + i)).ToList();
        var acknowledged = new ConcurrentDictionary<string, bool>();
        await using (var registry = await RunningRegistry.StartAsync(_home, settings))
        {
            foreach (var model in models)
            {
                Assert.Equal(201, (await registry.Operator.PushAsync(model)).Status);
            }

            using var stop = new CancellationTokenSource();
            var work = Task.WhenAll(models.Select(model => ChangeAsync(registry.Operator, model, acknowledged, stop.Token)));
            for (var kill = 0; kill < Kills || (kill < MostKills && !Records().Any(record => record.Action == Undone)); kill++)
            {
                await MoreAsync();
                await cluster.KillSessionAsync(database);
            }

            await MoreAsync();

            Task MoreAsync()
            {
                var before = acknowledged.Count;
                return Eventually.IsTrueAsync(() => acknowledged.Count >= before + ChangesBetween || work.IsCompleted, "changes are made");
            }

            await stop.CancelAsync();
            await work;
        }

        await using var next = await RunningRegistry.StartAsync(_home, settings);
        var made = new List<string>();
        foreach (var model in models)
        {
            made.AddRange((await next.Operator.GetVersionAsync(model.Address)).Version!.History.Select(entry => entry.Change));
        }

        Assert.All(acknowledged.Keys, change => Assert.Contains(change, made));
        var records = Records().ToLookup(record => record.Action == Undone, record => record.Details["change"]);
        Assert.Equal(made.Order(), records[false].Except(records[true]).Order());
        Assert.NotEmpty(records[true]); // otherwise nothing was in the middle of anything
    }

    private IEnumerable<AuditRecord> Records() =>
        AuditHistory.Read(Path.Combine(_home.Directory, "audit")).Select(read => read.Record).Where(record => record.Details.ContainsKey("change"));

    /// <summary>One change after another; what the registry could not make is asked for again.</summary>
    private async Task ChangeAsync(HttpClient client, PushedModel model, ConcurrentDictionary<string, bool> acknowledged, CancellationToken stop)
    {
        for (var sequence = 1L; !stop.IsCancellationRequested;)
        {
            var (status, code, version) = await client.PostAsync(model.Address + "/stage", _home.Stage(model.Name, model.Digest, sequence, ModelStage.Staging));
            Assert.True(status == 200 || code is "store_unavailable" or "statement_replayed", $"{status} {code}");
            foreach (var entry in version?.History ?? [])
            {
                acknowledged[entry.Change] = true;
            }

            // A replay: it was made although nobody could say so.
            sequence += code == "store_unavailable" ? 0 : 1;
        }
    }
}
