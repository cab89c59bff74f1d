using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Audit;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Edge;

/// <summary>Clients of HTTP/2 that open streams and throw them away (CVE-2023-44487), or never take what they asked for.</summary>
public sealed class RapidResetTests
{
    private const int Streams = 4_000;

    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task Thousands_of_streams_opened_and_reset_harm_nobody_else_and_cost_no_more_than_those_that_may_be_open()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var (running, most, servers) = (0, 0, default(ModelServers));
        server.Answer = async context =>
        {
            // By the gateway's count: the model server hears of an end later.
            Interlocked.Increment(ref running);
            InterlockedMax(ref most, servers![0].Running);
            try
            {
                await Task.Delay(100, context.RequestAborted);
                await StubModelServer.AnswerAsync(context, StubModelServer.Completion("Hello."));
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:RequestsPerMinute", "100000"), ("Limits:TenantRequestsPerMinute", "100000"));
        servers = gateway.Services.GetRequiredService<ModelServers>();
        using (var warm = await gateway.AskAsync(GatewayHost.Chat()))
            Assert.Equal(HttpStatusCode.OK, warm.StatusCode);

        using var attacker = await RawHttp2.ConnectAsync(gateway.HttpsUrl);
        using var stop = new CancellationTokenSource();
        var reading = ReadAllAsync(attacker, stop.Token);
        var attack = Task.Run(async () =>
        {
            var body = GatewayHost.Chat();
            for (var i = 0; i < Streams; i++)
            {
                var stream = (uint)((2 * i) + 1);
                if (!await attacker.SendAsync([
                    .. RawHttp2.Request(stream, "POST", "/v1/chat/completions", "Bearer " + gateway.Key, hasBody: true), .. RawHttp2.Body(stream, body), .. RawHttp2.ResetStream(stream)]))
                    return i;
            }

            return Streams;
        });

        // Others are answered meanwhile.
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 5; i++)
        {
            var clock = Stopwatch.StartNew();
            using var answer = await gateway.Client.GetAsync("/v1/models");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        }

        var sent = await attack;
        if (sent < Streams)
        {
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(60))); // the server has hung up: it ends by itself
        }

        await stop.CancelAsync();
        await reading;
        Assert.True(slowest < TimeSpan.FromSeconds(10), $"{slowest}");
        using (var after = await gateway.AskAsync(GatewayHost.Chat()))
            Assert.Equal(HttpStatusCode.OK, after.StatusCode);

        // Twice as many as may be open, and the few of the others: what 4,000 streams cost in memory is bounded by that.
        Assert.InRange(most, 1, 210);
        await GatewayHost.Until(() => Volatile.Read(ref running) == 0);

        // Whatever became a request, reset or not, has its record.
        Assert.True(sent == Streams || (await reading) is { Ended: true }, $"{sent} sent");
        var ids = AuditHistory.Read(gateway.AuditFolder).Select(r => r.Record).Where(r => r.Action == "request.answered").Select(r => r.Subject).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_client_that_opens_no_window_loses_its_stream_in_time_and_its_place_is_free()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var left = new TaskCompletionSource();
        server.Answer = async context =>
        {
            using var _ = context.RequestAborted.Register(() => left.TrySetResult());
            StubModelServer.BeginStream(context);
            while (!context.RequestAborted.IsCancellationRequested)
                await StubModelServer.SendAsync(context, StubModelServer.Event(new string('x', 2000)));
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Resilience:WriteTimeout", "00:00:00.300"));

        // SETTINGS_INITIAL_WINDOW_SIZE of nothing: it takes headers, and no byte of an answer.
        using var client = await RawHttp2.ConnectAsync(gateway.HttpsUrl, (4, 0));
        await client.SendAsync([.. RawHttp2.Request(1, "POST", "/v1/chat/completions", "Bearer " + gateway.Key, hasBody: true), .. RawHttp2.Body(1, GatewayHost.Chat(stream: true))]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        byte last;
        do
            last = (await client.ReadAsync(patience.Token))?.Type ?? RawHttp2.GoAway;
        while (last is not (RawHttp2.Reset or RawHttp2.GoAway));
        await left.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await GatewayHost.Until(() => AuditHistory.Read(gateway.AuditFolder).Any(r => r.Record.Code == "client_too_slow"));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private static async Task<(int Frames, bool Ended)> ReadAllAsync(RawHttp2 client, CancellationToken cancellation)
    {
        var frames = 0;
        try
        {
            while (await client.ReadAsync(cancellation) is { } frame)
            {
                frames++;
                if (frame.Type == RawHttp2.GoAway)
                    return (frames, true);
            }

            return (frames, true);
        }
        catch (OperationCanceledException)
        {
            return (frames, false);
        }
    }
}
