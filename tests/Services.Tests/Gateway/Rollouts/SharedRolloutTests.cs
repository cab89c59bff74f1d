using Zakenak.Services.Tests.Gateway.Admin;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Rollouts;

/// <summary>Two gateways with one PostgreSQL are of one mind.</summary>
public sealed class SharedRolloutTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task What_both_saw_counts_together_and_a_decision_holds_for_both()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Models = new Dictionary<string, string> { ["guide:v1"] = StubModelServer.Digest, ["guide:v2"] = StubModelServer.Digest };
        var clock = new SteppedClock();
        await using var one = await StartAsync(server, database, clock);
        await using var two = await StartAsync(server, database, clock);
        using var admin = Administrators.ClientOf(one, _domain);
        using var other = Administrators.ClientOf(two, _domain);

        // Enough is all of it: nothing is judged before.
        await RolloutTests.BeginAsync(admin, RolloutTests.Order() with { MinRequests = 255 });
        await GatewayHost.Until(() => other.GetAsync("/admin/v1/rollouts/guide").GetAwaiter().GetResult().IsSuccessStatusCode);
        Assert.Equal((await RolloutTests.StatusAsync(admin)).Id, (await RolloutTests.StatusAsync(other)).Id);

        // Neither knows enough by itself.
        RolloutTests.Feed(one, stable: 150, candidate: 130);
        RolloutTests.Feed(two, stable: 150, candidate: 130);
        await GatewayHost.Until(() => RolloutTests.StatusAsync(admin).GetAwaiter().GetResult().Candidate?.Requests == 260);
        clock.Advance(TimeSpan.FromMinutes(11));
        await GatewayHost.Until(() => RolloutTests.StatusAsync(admin).GetAwaiter().GetResult().Percent == 25);
        await GatewayHost.Until(() => RolloutTests.StatusAsync(other).GetAwaiter().GetResult().Percent == 25);
        RolloutTests.Feed(one, stable: 150, candidate: 0);
        RolloutTests.Feed(two, stable: 150, candidate: 0);
        await GatewayHost.Until(() => RolloutTests.StatusAsync(admin).GetAwaiter().GetResult().Stable?.Requests == 300
            && RolloutTests.StatusAsync(other).GetAwaiter().GetResult().Stable?.Requests == 300);
        RolloutTests.Feed(one, stable: 0, candidate: 110, failed: 5);
        RolloutTests.Feed(two, stable: 0, candidate: 110, failed: 30);
        await GatewayHost.Until(() => RolloutTests.StatusAsync(admin).GetAwaiter().GetResult().State == "rolled_back");
        await GatewayHost.Until(() => RolloutTests.StatusAsync(other).GetAwaiter().GetResult().State == "rolled_back");
        Assert.Equal("errors 13.73 % against 0.00 % (35/255, 0/300)", (await RolloutTests.StatusAsync(other)).Reason);
    }

    private Task<GatewayHost> StartAsync(StubModelServer server, string database, SteppedClock clock) => GatewayHost.StartAsync(_domain, [server], clock,
        [("ConnectionStrings:zakenak", database), ("Rollouts:Interval", "00:00:00.020"), .. Administrators.Named]);
}
