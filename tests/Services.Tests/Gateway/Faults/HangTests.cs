using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>Model servers that say nothing: when they are connected to, within a head, a body, an event.</summary>
public class HangTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    private static readonly TestTrustDomain _domain = new();

    private static Func<Stream, Task<bool>> Drips(string first, string drop) => async stream =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(first));
        while (true)
        {
            await Task.Delay(20);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(drop));
        }
    };

    [Fact]
    public async Task Where_no_connection_comes_about_another_replica_answers_in_time_and_each_request_is_sent_once()
    {
        await using var hanging = new RawModelServer(_domain);
        await using var well = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [], hanging.Setting, ("ModelServers:Urls:1", well.Url.ToString()),
            ("Routing:Policy", "RoundRobin"), ("Resilience:ConnectTimeout", "00:00:03"), ("ModelServers:PollInterval", "00:00:30"), ("ModelServers:PollTimeout", "00:00:30"));
        hanging.Hang();
        var clock = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => gateway.AskAsync(GatewayHost.Chat())));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(2.9), "Nobody waited: the connection was not tried.");
        Assert.InRange(hanging.Hung, 1, 7);
        Assert.Empty(hanging.Requests);
        Assert.Equal(6, well.Requests.Count);

        // It counts as gone at once, and is asked itself.
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelServers>()[0].Models is null);
    }

    [Fact]
    public async Task Where_no_connection_comes_about_anywhere_the_client_is_told_and_nothing_counts()
    {
        await using var hanging = new RawModelServer(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [], hanging.Setting,
            ("Resilience:ConnectTimeout", "00:00:00.200"), ("ModelServers:PollInterval", "00:00:30"), ("Limits:TokensPerMinute", "5000"));
        hanging.Hang();
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("model_unavailable", (await GatewayHost.ErrorOf(answer, HttpStatusCode.ServiceUnavailable)).Code);
        Assert.NotNull(answer.Headers.RetryAfter);
        await GatewayHost.Until(() => gateway.Client.GetAsync("/v1/models").Result.Headers.GetValues("x-ratelimit-remaining-tokens").Single() == "5000");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nx: ", "x", false)]
    [InlineData(Head + "\r\n{\"choices\":[", " ", false)]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {", "x", true)]
    public async Task Drops_are_no_answer(string first, string drop, bool stream)
    {
        await using var server = new RawModelServer(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [], server.Setting,
            ("Resilience:FirstByteTimeout", "00:00:00.500"), ("Resilience:IdleTimeout", "00:00:00.500"), ("Limits:UsageTimeout", "00:00:00"));
        server.Answer = Drips(first, drop);
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: stream));
        Assert.Equal("backend_timeout", (await GatewayHost.ErrorOf(answer, HttpStatusCode.GatewayTimeout)).Code);
    }

    [Fact]
    public async Task A_stream_that_goes_on_in_drops_within_an_event_ends_with_an_error_event()
    {
        await using var server = new RawModelServer(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [], server.Setting, ("Resilience:IdleTimeout", "00:00:00.500"), ("Limits:UsageTimeout", "00:00:00"));
        server.Answer = Drips("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + StubModelServer.Event("whole") + "data: {", "x");
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(StubModelServer.Event("whole") + "data: {\"error\"", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"backend_timeout\"", text);
    }
}
