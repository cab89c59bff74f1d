using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Zakenak.Gateway.Limits.Leases;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Whole gateways that share their limits through a real PostgreSQL.</summary>
public class SharedLimitsTests : IClassFixture<PostgresCluster>
{
    private const int Limit = 16_000;

    private static readonly TestTrustDomain _domain = new();
    private readonly PostgresCluster _cluster;

    public SharedLimitsTests(PostgresCluster cluster) => _cluster = cluster;

    private static Task<GatewayHost> StartAsync(string database, StubModelServer server, SteppedClock clock, params (string Key, string Value)[] more) =>
        GatewayHost.StartAsync(_domain, [server], clock,
        [
            ("ConnectionStrings:zakenak", database), ("Limits:TenantTokensPerMinute", $"{Limit}"), ("Limits:DefaultMaxTokens", "100"),
            ("Limits:LeaseInterval", "00:00:00.050"), .. more,
        ]);

    private static async Task<(int Status, string? Code)> AskAsync(GatewayHost gateway)
    {
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        await answer.Content.LoadIntoBufferAsync();
        return answer.IsSuccessStatusCode ? (200, null) : ((int)answer.StatusCode, (await GatewayHost.ErrorOf(answer, answer.StatusCode)).Code);
    }

    private static async Task<long> ScalarAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
#pragma warning disable CA2100 // our own words
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task When_the_database_dies_requests_go_on_within_what_is_leased_and_then_are_told_why_not()
    {
        await using var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        var database = await cluster.CreateDatabaseAsync();
        await using var server = await StubModelServer.StartAsync(_domain);
        var used = 0;
        server.Answer = context =>
        {
            Interlocked.Add(ref used, 200);
            return StubModelServer.AnswerAsync(context, TokenLimitsTests.Completion(100, 100));
        };
        var clock = new SteppedClock();
        await using var first = await StartAsync(database, server, clock);
        await using var second = await StartAsync(database, server, clock);
        Assert.Equal((200, null), await AskAsync(first));
        await cluster.StopAsync();

        // It has a part, of a sixteenth and a little; the other one has none yet.
        (int Status, string? Code) end;
        var answered = 0;
        while ((end = await AskAsync(first)).Status == 200)
            answered++;
        Assert.InRange(answered, 2, 10);
        Assert.Equal((503, "limits_unavailable"), end);
        Assert.Equal((503, "limits_unavailable"), await AskAsync(second));
        Assert.Equal((answered + 1) * 200, used);
        await first.Logs.WaitForAsync("Failed to renew the leases of limits");

        await cluster.StartAsync();
        await Eventually.IsTrueAsync(async () => await AskAsync(first) == (200, null) && await AskAsync(second) == (200, null), "both answer again");

        // A lease that can't be renewed ends, whatever is left of it; and what still runs ends before others get what was leased for it.
        server.Answer = async context =>
        {
            if (!server.Requests.Last().Body.Contains("\"stream\":true", StringComparison.Ordinal))
            {
                await StubModelServer.AnswerAsync(context, TokenLimitsTests.Completion(100, 100));
                return;
            }

            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        using var stream = await first.AskAsync(GatewayHost.Chat(stream: true));
        var text = stream.Content.ReadAsStringAsync();

        // With an exchange after it, the part has room for more again.
        var leases = first.Services.GetRequiredService<LimitLeases>();
        await Eventually.IsTrueAsync(async () => await leases.ExchangeAsync(TestContext.Current.CancellationToken), "the leases are renewed");
        await cluster.StopAsync();
        await GatewayHost.Until(() => first.Logs.Lines.Count(line => line.Contains("Failed to renew the leases", StringComparison.Ordinal)) >= 2);
        Assert.Equal((200, null), await AskAsync(first));
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal((503, "limits_unavailable"), await AskAsync(first));
        Assert.False(text.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Contains("\"code\":\"limits_unavailable\"", await text.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task What_a_crashed_replica_had_is_kept_from_others_until_none_of_its_requests_can_run()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context, TokenLimitsTests.Completion(100, 100));
        var clock = new SteppedClock();
        await using var gateway = await StartAsync(database, server, clock);
        Assert.Equal((200, null), await AskAsync(gateway));
        await ScalarAsync(database, $"""
            with lost as (insert into limit_replicas values (gen_random_uuid(), 0, 240000) returning id)
            insert into limit_slices select 'tenant:dev/tokens', id, {Limit}, 5000 from lost returning 0
            """);
        await Eventually.IsTrueAsync(async () => await AskAsync(gateway) == (429, "rate_limit_exceeded"), "the limit is reached");

        // Its silence counts by the monotonic clock of whoever watches it, and only while it is watched.
        clock.Advance(TimeSpan.FromMinutes(3.9));
        var beat = await ScalarAsync(database, "select last_value from limit_beats");
        await Eventually.IsTrueAsync(async () => await ScalarAsync(database, "select last_value from limit_beats") > beat + 2, "leases are renewed");
        await Eventually.IsTrueAsync(async () => await AskAsync(gateway) == (429, "rate_limit_exceeded"), "its own part is used up again");
        clock.Advance(TimeSpan.FromMinutes(0.2));
        await Eventually.IsTrueAsync(async () => await AskAsync(gateway) == (200, null), "what the lost one had is free");
    }

    [Fact]
    public async Task A_replica_that_leaves_keeps_only_what_it_used_and_only_for_a_minute()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using (var gateway = await StartAsync(database, server, new SteppedClock()))
        {
            Assert.Equal((200, null), await AskAsync(gateway));
            await gateway.StopAsync();
        }

        Assert.Equal(10, await ScalarAsync(database, "select sum(amount) from limit_slices where budget = 'tenant:dev/tokens'"));
        Assert.Equal(0, await ScalarAsync(database, "select coalesce(sum(amount), 0) from limit_slices where budget like '%/running'"));
        Assert.Equal(60_000, await ScalarAsync(database, "select max(kept_ms) from limit_replicas"));
    }

    [Theory]
    [InlineData("Host=db;Password=hunter2", "SSL Mode=VerifyFull")]
    [InlineData("Host=db;Sll Mode=VerifyFull;Password=hunter2", "not a connection string")]
    public void Outside_development_the_database_has_to_prove_whose_it_is(string connection, string reason)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:zakenak", connection)]).Build();
        var service = new ServiceContext("gateway", Options.Create(new ServiceOptions { Namespace = "prod" }));
        var refusal = Assert.Throws<StartRefusedException>(() => Database.Open(configuration, service));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }
}
