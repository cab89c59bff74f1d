using System.Diagnostics;
using System.Net;
using Zakenak.Services.Tests.Gateway.Admin;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.KillSwitch;

/// <summary>Two gateways with one PostgreSQL stop the same things.</summary>
public sealed class SharedKillTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task What_one_stops_is_stopped_at_the_other_within_a_second_streams_that_run_included()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var server = await StreamingAsync();
        await using var one = await StartAsync(server, database);
        await using var two = await StartAsync(server, database);
        using var admin = Administrators.ClientOf(one, _domain);
        await Eventually.OnceWithinAsync(TimeSpan.FromSeconds(1), async () =>
        {
            using var running = await two.AskAsync(GatewayHost.Chat(stream: true));
            using var reader = new StreamReader(await running.Content.ReadAsStreamAsync());
            await reader.ReadLineAsync();

            var clock = Stopwatch.StartNew();
            await admin.KillAsync("version", "guide:v1");
            var rest = await reader.ReadToEndAsync();
            var elapsed = clock.Elapsed;
            TestContext.Current.SendDiagnosticMessage($"The other gateway's stream ended {elapsed.TotalMilliseconds:F0} ms after the order was given.");
            Assert.Contains("version_killed", rest, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(two));

            await admin.LetGoOnAsync("version", "guide:v1");
            await GatewayHost.Until(() => StatusAsync(two).GetAwaiter().GetResult() == HttpStatusCode.OK);
            return elapsed;
        });
    }

    [Fact]
    public async Task What_was_stopped_while_the_connection_was_broken_is_stopped_after_it()
    {
        await using var own = new PostgresCluster();
        await own.InitializeAsync();
        var database = await own.CreateDatabaseAsync();
        await using var server = await StreamingAsync();
        await using var one = await StartAsync(server, database);
        await using var two = await StartAsync(server, database);
        using var admin = Administrators.ClientOf(one, _domain);
        await admin.KillAsync("tenant", "acme");

        // It has a part of the limits now, with which it goes on while the database is away.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(two));
        await own.StopAsync();
        await two.Logs.WaitForAsync("the last good state stays in force");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(two));
        await own.StartAsync();
        await Eventually.OnceWithinAsync(TimeSpan.FromSeconds(1), async () =>
        {
            await GatewayHost.Until(() => admin.PostAsync("/admin/v1/kills", GatewayHost.Json("""{"kind": "tenant", "value": "dev"}""")).GetAwaiter().GetResult().IsSuccessStatusCode);
            var clock = Stopwatch.StartNew();
            await GatewayHost.Until(() => StatusAsync(two).GetAwaiter().GetResult() == HttpStatusCode.Forbidden);
            var elapsed = clock.Elapsed;

            await admin.LetGoOnAsync("tenant", "dev");
            await GatewayHost.Until(() => StatusAsync(two).GetAwaiter().GetResult() == HttpStatusCode.OK);
            return elapsed;
        });
    }

    [Fact]
    public async Task A_gateway_that_never_reached_the_database_answers_nothing_and_says_why()
    {
        await using var own = new PostgresCluster();
        await own.InitializeAsync();
        var database = await own.CreateDatabaseAsync();
        await own.StopAsync();
        await using var server = await StreamingAsync();
        await using var gateway = await StartAsync(server, database);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(gateway));
        Assert.Contains("The database does not answer", await gateway.Logs.WaitForAsync("The kill switch could not be read"), StringComparison.Ordinal);
        await own.StartAsync();
        await GatewayHost.Until(() => StatusAsync(gateway).GetAwaiter().GetResult() == HttpStatusCode.OK);
    }

    private Task<GatewayHost> StartAsync(StubModelServer server, string database) =>
        GatewayHost.StartAsync(_domain, [server], [("ConnectionStrings:zakenak", database), .. Administrators.Named]);

    /// <summary>Streams never end, other answers do.</summary>
    private async Task<StubModelServer> StreamingAsync()
    {
        var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            if (!server.Requests.Last().Body.Contains("\"stream\":true", StringComparison.Ordinal))
            {
                await StubModelServer.AnswerAsync(context, StubModelServer.Completion("Hello."));
                return;
            }

            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        return server;
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayHost gateway)
    {
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        return answer.StatusCode;
    }
}
