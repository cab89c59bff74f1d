using System.Collections.Concurrent;
using System.Net;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Two hundred clients at once against the whole gateway and a model server that uses, at random, up to what is granted.</summary>
public class OvershootTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private const int Limit = 20_000;
    private const int Clients = 200;

    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public Task Two_hundred_clients_never_use_more_than_the_limit_in_any_minute() => RunAsync(gateways: 1);

    [Fact]
    public async Task Nor_do_they_at_two_gateways_that_share_a_database() =>
        await RunAsync(gateways: 2, ("ConnectionStrings:zakenak", await cluster.CreateDatabaseAsync()), ("Limits:LeaseInterval", "00:00:00.020"));

    private static async Task RunAsync(int gateways, params (string Key, string Value)[] settings)
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        var used = new ConcurrentQueue<(long At, int Tokens)>();
        server.Answer = async context =>
        {
            // Used where it hurts most: at a moment of its own, between the request's arrival and the end of its answer.
            var grant = TokenLimitsTests.GrantOf(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            var prompt = Random.Shared.Next(1, grant.MaxTokens!.Value - grant.MaxCompletionTokens!.Value + 1);
            var completion = Random.Shared.Next(0, grant.MaxCompletionTokens.Value + 1);
            used.Enqueue((clock.GetTimestamp(), prompt));
            await Task.Yield();
            clock.Advance(TimeSpan.FromMilliseconds(Random.Shared.Next(0, 200)));
            used.Enqueue((clock.GetTimestamp(), completion));
            if (Random.Shared.Next(20) == 0)
                await StubModelServer.DieAsync(context);
            else
                await StubModelServer.AnswerAsync(context, TokenLimitsTests.Completion(prompt, completion));
        };
        var hosts = await Task.WhenAll(Enumerable.Range(0, gateways).Select(_ => GatewayHost.StartAsync(_domain, [server], clock,
        [
            ("Limits:TenantTokensPerMinute", $"{Limit}"), ("Limits:RequestsPerMinute", "100000"), ("Limits:TenantRequestsPerMinute", "100000"),
            ("Limits:UsageTimeout", "00:00:00.100"), .. settings,
        ])));
        var (answered, refused) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = 0; i < 12; i++)
            {
                using var answer = await hosts[client % gateways].AskAsync(GatewayHost.Chat(new string('x', 10 * (client % 7)), more: $",\"max_tokens\":{50 + client}"));
                await answer.Content.ReadAsByteArrayAsync();
                var isRefused = answer.StatusCode == HttpStatusCode.TooManyRequests;
                Interlocked.Increment(ref isRefused ? ref refused : ref answered);
                if (isRefused)
                    clock.Advance(TimeSpan.FromMilliseconds(Random.Shared.Next(0, 200)));
            }
        }));

        foreach (var host in hosts)
            await host.DisposeAsync();
        var all = used.OrderBy(u => u.At).ToList();
        var most = 0L;
        for (int first = 0, last = 0, sum = 0; last < all.Count; last++)
        {
            sum += all[last].Tokens;
            while (all[last].At - all[first].At >= TimeSpan.TicksPerMinute)
                sum -= all[first++].Tokens;
            most = Math.Max(most, sum);
        }

        Assert.True(most <= Limit, $"{most} tokens in a minute");

        // The limit was tried, and time went on past whole windows.
        Assert.True(refused > 0 && answered > Clients / 2, $"{answered} answered, {refused} refused");
        Assert.True(most > Limit / 4 && all[^1].At - all[0].At > TimeSpan.TicksPerMinute, $"{most} at most in {TimeSpan.FromTicks(all[^1].At - all[0].At)}");
    }
}
