using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>Wall clocks that are set, by hours or years, while requests run: everything that measures a span goes by the monotonic one.</summary>
public class ClockTests
{
    private static readonly TestTrustDomain _domain = new();

    /// <summary>How far the clock is set back, in hours; negative is ahead.</summary>
    public static TheoryData<double> Steps => [0.01, 1, 24 * 365, -0.01, -0.9];

    private static async Task<HttpStatusCode> AskAsync(GatewayHost gateway)
    {
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        return answer.StatusCode;
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_window_of_a_limit_is_a_minute_whatever_the_clock_says(double hours)
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], clock, ("Limits:RequestsPerMinute", "3"));
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway));
        clock.SetWallClockBack(TimeSpan.FromHours(hours));
        using (var refused = await gateway.AskAsync(GatewayHost.Chat()))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 61);
        }

        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(gateway));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_request_under_way_neither_ends_nor_hangs(double hours)
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], clock, ("Resilience:MaxConcurrent", "1"), ("Limits:TokensPerMinute", "10000"));
        var (began, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            began.TrySetResult();
            await go.Task;
            await StubModelServer.SendAsync(context, StubModelServer.Event("b") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        using var running = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        await began.Task;
        var inLine = gateway.AskAsync(GatewayHost.Chat(stream: true));
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ReplicaGate>().Waiting == 1);
        clock.SetWallClockBack(TimeSpan.FromHours(hours));
        await Task.WhenAny(inLine, Task.Delay(100));
        Assert.False(inLine.IsCompleted);
        go.SetResult();
        Assert.EndsWith(StubModelServer.Event("b") + StubModelServer.Done, await running.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var second = await inLine;
        Assert.EndsWith(StubModelServer.Done, await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // A model server on the same machine has the same clock: for it a grant of before would be of another time.
        var issued = DateTimeOffset.FromUnixTimeSeconds(TokenLimitsTests.GrantOf(server.Requests.Last().Headers).IssuedAt);
        Assert.InRange((clock.GetUtcNow() - issued).TotalSeconds, 0, 5);
        Assert.Contains("status=200", await gateway.Logs.WaitForAsync("Answered request"));
        Assert.DoesNotContain(gateway.Logs.Lines, line => line.Contains("latency_ms=-", StringComparison.Ordinal) || line.Contains("ttft_ms=-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task An_open_circuit_tries_again_when_its_time_has_passed(double hours)
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], clock, ("Resilience:FailuresToOpen", "1"), ("Resilience:OpenTime", "00:00:10"), ("Limits:UsageTimeout", "00:00:00"));
        server.Answer = StubModelServer.DieAsync;
        Assert.Equal(HttpStatusCode.BadGateway, await AskAsync(gateway));
        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        clock.SetWallClockBack(TimeSpan.FromHours(hours));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(gateway));
        Assert.Equal(CircuitState.Open, gateway.Services.GetRequiredService<ModelServers>()[0].Health.Circuit.State(clock.GetTimestamp()));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway));
    }

    [Fact]
    public async Task A_session_of_the_page_lasts_no_longer_when_the_clock_is_set_back()
    {
        var clock = new SteppedClock();
        await using var gateway = await GatewayHost.StartAsync(_domain, [], clock, ("ChatPage:SessionLifetime", "01:00:00"));
        using var login = await gateway.Anonymous.GetAsync("/login?token=" + GatewayHost.LoginToken);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie")).Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await ListAsync());
        clock.SetWallClockBack(TimeSpan.FromHours(20));
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(HttpStatusCode.OK, await ListAsync());
        clock.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Equal(HttpStatusCode.Unauthorized, await ListAsync());

        async Task<HttpStatusCode> ListAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/chat/models");
            request.Headers.Add("Cookie", cookie);
            request.Headers.Add("x-zakenak-chat", "1");
            using var answer = await gateway.Anonymous.SendAsync(request);
            return answer.StatusCode;
        }
    }
}
