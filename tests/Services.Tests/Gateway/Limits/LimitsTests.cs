using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Gateway.Limits;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class LimitsTests
{
    private static readonly TestTrustDomain _domain = new();

    private static int Header(HttpResponseMessage answer, string name) =>
        int.Parse(Assert.Single(answer.Headers.GetValues(name)), CultureInfo.InvariantCulture);

    [Fact]
    public async Task Every_answer_says_what_is_left_and_beyond_the_limit_it_is_429()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:RequestsPerMinute", "3"));
        using var good = await gateway.AskAsync(GatewayHost.Chat());
        using var bad = await gateway.AskAsync("nothing");
        using var unknown = await gateway.AskAsync(GatewayHost.Chat(model: "x"));
        foreach (var (answer, left) in new[] { (good, 2), (bad, 1), (unknown, 0) })
        {
            Assert.Equal(3, Header(answer, "x-ratelimit-limit-requests"));
            Assert.Equal(left, Header(answer, "x-ratelimit-remaining-requests"));
            Assert.Matches("^[0-9]+(ms|s)$", Assert.Single(answer.Headers.GetValues("x-ratelimit-reset-requests")));
        }

        using var refused = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("rate_limit_exceeded", (await GatewayHost.ErrorOf(refused, HttpStatusCode.TooManyRequests)).Code);
        Assert.Equal(0, Header(refused, "x-ratelimit-remaining-requests"));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 61);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Requests_at_the_same_time_are_bounded_and_their_places_come_back()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TenantConcurrentRequests", "2"));
        var go = new TaskCompletionSource();
        server.Answer = async context =>
        {
            await go.Task;
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        };
        var running = new[] { gateway.AskAsync(GatewayHost.Chat()), gateway.AskAsync(GatewayHost.Chat()) };
        await GatewayHost.Until(() => server.Requests.Count == 2);
        using var third = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("concurrency_limit_exceeded", (await GatewayHost.ErrorOf(third, HttpStatusCode.TooManyRequests)).Code);
        Assert.NotNull(third.Headers.RetryAfter);
        go.SetResult();
        foreach (var answer in await Task.WhenAll(running))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // A place comes back after the answer's last byte.
        await GatewayHost.Until(() =>
        {
            using var again = gateway.AskAsync(GatewayHost.Chat()).Result;
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task All_tenants_together_are_bounded_too()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:ConcurrentRequests", "1"));
        var limiter = gateway.Services.GetRequiredService<RequestLimiter>();
        Assert.True(limiter.TryEnter());
        using var refused = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("overloaded", (await GatewayHost.ErrorOf(refused, HttpStatusCode.ServiceUnavailable)).Code);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(600, Header(refused, "x-ratelimit-limit-requests"));
        limiter.Leave();
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
