using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class FaultTests
{
    private static readonly TestTrustDomain _domain = new();
    private static readonly (string, string) _inTurn = ("Routing:Policy", "RoundRobin");

    private static async Task<(HttpStatusCode Status, string? Code)> AskAsync(GatewayHost gateway)
    {
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        return (answer.StatusCode, answer.IsSuccessStatusCode ? null : (await GatewayHost.ErrorOf(answer, answer.StatusCode)).Code);
    }

    private static Task RefuseAsync(HttpContext context, string? used)
    {
        context.Response.Headers.RetryAfter = "1";
        if (used is not null)
            context.Response.Headers[HeaderNames.UsedTokens] = used;
        return StubModelServer.AnswerAsync(context, """{"error":{"message":"The server is stopping.","type":"server_error","param":null,"code":"server_stopping"}}""", 503);
    }

    [Fact]
    public async Task A_model_server_killed_in_mid_stream_ends_its_streams_cleanly_and_no_other()
    {
        await using var living = await StubModelServer.StartAsync(_domain);
        await using var dying = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [living, dying], _inTurn);
        var die = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        dying.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await die.Task;
            await StubModelServer.DieAsync(context);
        };
        living.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await goOn.Task;
            await StubModelServer.SendAsync(context, StubModelServer.Event("b") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        var streams = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => gateway.AskAsync(GatewayHost.Chat(stream: true))));
        var texts = streams.Select(s => s.Content.ReadAsStringAsync()).ToArray();
        die.SetResult();
        await GatewayHost.Until(() => texts.Count(t => t.IsCompleted) == 5);
        goOn.SetResult();
        var ends = await Task.WhenAll(texts);
        Assert.Equal(5, ends.Count(t => t == StubModelServer.Event("a") + StubModelServer.Event("b") + StubModelServer.Done));
        Assert.Equal(5, ends.Count(t => t.Contains("backend_lost", StringComparison.Ordinal) && !t.Contains("[DONE]", StringComparison.Ordinal)));
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelServers>().All(s => s.Running == 0));
    }

    [Fact]
    public async Task A_replica_that_hangs_costs_a_few_requests_and_then_none()
    {
        await using var well = await StubModelServer.StartAsync(_domain);
        await using var hanging = await StubModelServer.StartAsync(_domain);
        var clock = new ManualTime(DateTimeOffset.UtcNow);
        await using var gateway = await GatewayHost.StartAsync(_domain, [well, hanging], clock, _inTurn,
            ("Resilience:FirstByteTimeout", "00:00:03"), ("Resilience:FailuresToOpen", "3"), ("Resilience:OpenTime", "00:10:00"), ("Resilience:MaxOpenTime", "00:10:00"));
        hanging.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);

        // Time passes only for those that hang: the well one has enough on any machine.
        var asked = Enumerable.Range(0, 6).Select(_ => AskAsync(gateway)).ToArray();
        await GatewayHost.Until(() => asked.Count(a => a.IsCompleted) == 3 && hanging.Requests.Count == 3);
        clock.Advance(TimeSpan.FromSeconds(3));
        var answers = (await Task.WhenAll(asked)).ToList();
        for (var i = 0; i < 6; i++)
            answers.Add(await AskAsync(gateway));
        Assert.Equal(3, answers.Count(a => a == (HttpStatusCode.GatewayTimeout, "backend_timeout")));
        Assert.Equal(9, answers.Count(a => a.Item1 == HttpStatusCode.OK));
        Assert.Equal(3, hanging.Requests.Count);
        Assert.Equal(CircuitState.Open, gateway.Services.GetRequiredService<ModelServers>()[1].Health.Circuit.State(clock.GetTimestamp()));

        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri(gateway.ManagementUrl, "/metrics"));
        var replica = hanging.Url.GetLeftPart(UriPartial.Authority);
        Assert.Matches($"zakenak_gateway_replica_circuit{{[^}}]*\"{replica}\"[^}}]*}} 2", metrics);
        Assert.Matches($"zakenak_gateway_replica_failures_total{{[^}}]*backend_timeout[^}}]*\"{replica}\"[^}}]*}} 3|zakenak_gateway_replica_failures_total{{[^}}]*\"{replica}\"[^}}]*backend_timeout[^}}]*}} 3", metrics);
    }

    [Fact]
    public async Task A_circuit_closes_again_when_its_replica_answers()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var clock = new SteppedClock();
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], clock, ("Resilience:FailuresToOpen", "2"), ("Resilience:OpenTime", "00:00:10"));
        server.Answer = StubModelServer.DieAsync;
        Assert.Equal("backend_lost", (await AskAsync(gateway)).Code);
        Assert.Equal("backend_lost", (await AskAsync(gateway)).Code);
        Assert.Equal("model_unavailable", (await AskAsync(gateway)).Code);
        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(gateway)).Status);
        await gateway.Logs.WaitForAsync("Closed the circuit");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"choices\":[")]
    [InlineData("{\"half\":1}")]
    public async Task Garbage_is_a_clear_error_and_counts_against_the_replica(string garbage)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Resilience:FailuresToOpen", "2"), ("Resilience:OpenTime", "00:01:00"));
        server.Answer = context => StubModelServer.AnswerAsync(context, garbage);
        Assert.Equal((HttpStatusCode.BadGateway, "backend_invalid_response"), await AskAsync(gateway));
        Assert.Equal((HttpStatusCode.BadGateway, "backend_invalid_response"), await AskAsync(gateway));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "model_unavailable"), await AskAsync(gateway));
    }

    [Fact]
    public async Task Who_refuses_before_any_work_is_passed_over()
    {
        await using var stopping = await StubModelServer.StartAsync(_domain);
        await using var well = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [stopping, well], _inTurn);
        stopping.Answer = context => RefuseAsync(context, used: "0");
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(gateway)).Status);
        Assert.NotEmpty(stopping.Requests);

        well.Answer = stopping.Answer;
        var asked = stopping.Requests.Count + well.Requests.Count;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_stopping"), await AskAsync(gateway));
        Assert.Equal(asked + 2, stopping.Requests.Count + well.Requests.Count);
    }

    [Theory]
    [InlineData("17")]
    [InlineData(null)]
    public async Task Who_may_have_begun_is_not_asked_twice(string? used)
    {
        await using var one = await StubModelServer.StartAsync(_domain);
        await using var two = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [one, two], _inTurn);
        one.Answer = two.Answer = context => RefuseAsync(context, used);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_stopping"), await AskAsync(gateway));
        Assert.Equal(1, one.Requests.Count + two.Requests.Count);
    }

    [Fact]
    public async Task A_stream_that_takes_longer_than_any_may_ends_with_an_event_and_no_blame()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var clock = new ManualTime(DateTimeOffset.UtcNow);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], clock, ("Resilience:TotalTimeout", "00:00:03"), ("Resilience:FailuresToOpen", "1"));
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
                await Task.Delay(10);
            }
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: ", await reader.ReadLineAsync(), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Contains("\"code\":\"request_timeout\"", await reader.ReadToEndAsync());
        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(gateway)).Status);
    }

    [Fact]
    public async Task More_than_a_replica_may_have_wait_and_more_than_may_wait_are_told()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Resilience:MaxConcurrent", "2"), ("Resilience:MaxWaiting", "3"));
        var (go, most) = (new TaskCompletionSource(), 0);
        server.Answer = async context =>
        {
            most = Math.Max(most, gateway.Services.GetRequiredService<ModelServers>()[0].Running);
            await go.Task;
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        };
        var asked = Enumerable.Range(0, 5).Select(_ => AskAsync(gateway)).ToArray();
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ReplicaGate>().Waiting == 3);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "overloaded"), await AskAsync(gateway));
        go.SetResult();
        Assert.All(await Task.WhenAll(asked), a => Assert.Equal(HttpStatusCode.OK, a.Status));
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task A_client_that_vanishes_frees_its_place_and_stops_the_model_server()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Resilience:FailuresToOpen", "1"));
        var stopped = new TaskCompletionSource();
        server.Answer = async context =>
        {
            context.RequestAborted.Register(stopped.SetResult);
            await stopped.Task;
        };
        using var client = new CancellationTokenSource();
        var asked = gateway.AskAsync(GatewayHost.Chat(), client.Token);
        await GatewayHost.Until(() => server.Requests.Count == 1);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelServers>()[0].Running == 0);
        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(gateway)).Status);
    }

    [Fact]
    public async Task A_hedge_takes_the_faster_replica_and_cancels_the_slower()
    {
        await using var one = await StubModelServer.StartAsync(_domain);
        await using var two = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [one, two], ("Resilience:HedgeAfter", "00:00:00.050"));
        var (first, cancelled) = (0, new TaskCompletionSource());
        one.Answer = two.Answer = async context =>
        {
            if (Interlocked.Increment(ref first) > 1)
            {
                await StubModelServer.AnswerAsync(context, StubModelServer.Completion("fast"));
                return;
            }

            context.RequestAborted.Register(cancelled.SetResult);
            await cancelled.Task;
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Contains("fast", await answer.Content.ReadAsStringAsync());
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelServers>().All(s => s.Running == 0));
        Assert.Equal((1, 1), (one.Requests.Count, two.Requests.Count));
    }

    [Fact]
    public async Task Without_being_told_to_nothing_is_hedged()
    {
        await using var one = await StubModelServer.StartAsync(_domain);
        await using var two = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [one, two]);
        Assert.Null(new ResilienceOptions().HedgeAfter);
        one.Answer = two.Answer = async context =>
        {
            await Task.Delay(200);
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        };
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(gateway)).Status);
        Assert.Equal(1, one.Requests.Count + two.Requests.Count);
    }
}
