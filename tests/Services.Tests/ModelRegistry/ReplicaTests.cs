using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.ModelTrust.Stages;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>Two registries on one database and one folder of blobs, each with its own audit log.</summary>
public sealed class ReplicaTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    private readonly RegistryHome _home = new();
    private readonly TestTrustDomain _domain = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Replicas_see_each_others_changes_and_tell_them_in_one_order()
    {
        var database = await cluster.CreateDatabaseAsync();
        var started = await Task.WhenAll(StartAsync(database, "a"), StartAsync(database, "b")); // both migrate
        await using var first = started[0];
        await using var second = started[1];
        await using var events = await Subscription.OpenAsync(second.Operator);

        var model = new PushedModel(_home);
        Assert.Equal(201, (await first.Operator.PushAsync(model)).Status);
        Assert.Equal((1, "pushed"), (await events.NextAsync()) is var (id, kind, _) ? (id, kind) : default);
        Assert.Equal(model.Digest, (await second.Operator.GetVersionAsync(model.Address)).Version!.Digest);

        var answers = await Task.WhenAll(Enumerable.Range(1, 10).Select(i => (i % 2 == 0 ? first : second).Operator.PostAsync(
            model.Address + "/stage", _home.Stage("guide", model.Digest, i, ModelStage.Staging))));
        var changes = answers.Count(a => a.Status == 200);
        for (var i = 0; i < changes; i++)
        {
            Assert.Equal((i + 2, "promoted"), (await events.NextAsync()) is var (next, what, _) ? (next, what) : default);
        }

        Assert.Equal(changes + 1, (await first.Operator.GetVersionAsync(model.Address)).Version!.History.Count);
    }

    [Fact]
    public async Task An_upload_goes_on_at_the_other_replica()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var first = await StartAsync(database, "a");
        await using var second = await StartAsync(database, "b");
        var content = System.Security.Cryptography.RandomNumberGenerator.GetBytes(500_000);
        var begun = await first.Operator.BeginAsync(content);
        await first.Operator.PatchAsync(begun.State!.Location!, 0, content[..200_000]);
        await second.Operator.PatchAsync(begun.State.Location!, 200_000, content[200_000..300_000]);
        Assert.Equal(201, (await first.Operator.PatchAsync(begun.State.Location!, 300_000, content[300_000..])).Status);
        Assert.Equal(content, await second.Operator.GetByteArrayAsync("/v1/blobs/" + PushedModel.DigestOf(content)));
    }

    [Fact]
    public async Task A_database_that_goes_away_makes_it_unready_and_refuses_with_a_code()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var registry = await StartAsync(database, "a");
        await cluster.DropDatabaseAsync(database);
        Assert.Equal((503, "store_unavailable"), ((await registry.Operator.GetVersionAsync("/v1/models/guide/versions/v1")) is var (status, code, _)) ? (status, code) : default);
        Assert.Equal((503, "store_unavailable"), ((await registry.Operator.PushAsync(new PushedModel(_home))) is var (pushed, why, _)) ? (pushed, why) : default);
        Assert.StartsWith("store_unavailable", (await registry.GetHealthAsync("store")).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Password=hunter2", "SSL Mode=VerifyFull")]
    [InlineData("Host=db;SSL Mode=Require;Password=hunter2", "SSL Mode=VerifyFull")]
    [InlineData("Host=db;Sll Mode=VerifyFull;Password=hunter2", "not a connection string")]
    public async Task Outside_development_the_database_must_prove_itself(string connection, string reason)
    {
        var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationManager();
        configuration["ConnectionStrings:zakenak"] = connection;
        var refusal = Assert.Throws<StartRefusedException>(() => Database.Open(configuration, ContextIn("prod"), services.GetRequiredService<Microsoft.Extensions.Logging.ILoggerFactory>()));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
        await services.DisposeAsync();
    }

    [Fact]
    public void Outside_development_a_secret_does_not_come_by_command_line()
    {
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationManager();
        configuration.AddCommandLine(["--ConnectionStrings:zakenak=Host=db;SSL Mode=VerifyFull;Password=hunter2"]);
        Assert.NotNull(configuration.FindSecret(Database.Key, ContextIn("dev")));
        var refusal = Assert.Throws<StartRefusedException>(() => configuration.FindSecret(Database.Key, ContextIn("prod")));
        Assert.Contains("ConnectionStrings__zakenak", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    private static ServiceContext ContextIn(string ns) => new("model-registry", Microsoft.Extensions.Options.Options.Create(new ServiceOptions { Namespace = ns }));

    private Task<RunningRegistry> StartAsync(string database, string replica) => RunningRegistry.StartAsync(
        _home, new() { ["ConnectionStrings:zakenak"] = database, ["Registry:AuditDirectory"] = _home["audit-" + replica] }, domain: _domain);
}
