using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>Clients that go away, at every step of a request: the model server is let off at once, and what was reserved is settled once.</summary>
public class VanishingClientTests
{
    private const int Limit = 1_000_000;

    private static readonly TestTrustDomain _domain = new();

    private static Task<GatewayHost> StartAsync(StubModelServer server, params (string Key, string Value)[] more) => GatewayHost.StartAsync(_domain, [server],
    [
        ("Limits:TokensPerMinute", $"{Limit}"), ("Limits:RequestsPerMinute", "10000"), ("Limits:TenantRequestsPerMinute", "10000"), .. more,
    ]);

    private static async Task<long> RemainingAsync(GatewayHost gateway)
    {
        using var answer = await gateway.Client.GetAsync("/v1/models");
        return long.Parse(Assert.Single(answer.Headers.GetValues("x-ratelimit-remaining-tokens")), CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("POST /v1/chat/comp")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"model\":\"guide\",")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"mod\r\nff\r\nel")]
    public async Task Before_the_request_is_whole_nothing_is_asked_or_held(string beginning)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, ("Limits:KeyConcurrentRequests", "3"));

        // More often than there are places.
        for (var i = 0; i < 5; i++)
        {
            using var client = new TcpClient(gateway.Url.Host, gateway.Url.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(beginning.Replace("KEY", gateway.Key, StringComparison.Ordinal)));
            client.LingerState = new LingerOption(true, 0); // a reset, as a killed client's
        }

        // What came of a request is let go when the reset is seen.
        await GatewayHost.Until(() =>
        {
            using var answer = gateway.AskAsync(GatewayHost.Chat()).Result;
            return answer.IsSuccessStatusCode;
        });
        Assert.Single(server.Requests);
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == Limit - 10);
    }

    [Fact]
    public async Task In_line_it_gives_its_place_to_the_next_and_its_tokens_back()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, ("Resilience:MaxConcurrent", "1"), ("Resilience:WaitTimeout", "00:01:00"));
        var gate = gateway.Services.GetRequiredService<ReplicaGate>();
        var go = new TaskCompletionSource();
        server.Answer = async context =>
        {
            await go.Task;
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("a"));
        };
        var first = gateway.AskAsync(GatewayHost.Chat());
        await GatewayHost.Until(() => server.Requests.Count == 1);
        var held = Limit - await RemainingAsync(gateway);
        using var leaving = new CancellationTokenSource();
        var vanishing = Enumerable.Range(0, 5).Select(i => gateway.AskAsync(GatewayHost.Chat($"of one who leaves {i}"), leaving.Token)).ToArray();
        await GatewayHost.Until(() => gate.Waiting == 5);
        var staying = gateway.AskAsync(GatewayHost.Chat("of one who stays"));
        await GatewayHost.Until(() => gate.Waiting == 6);

        await leaving.CancelAsync();
        await GatewayHost.Until(() => gate.Waiting == 1);
        await Task.WhenAll(vanishing.Select(asked => Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked)));

        // The first's and the staying one's stay reserved; those of the five come back after their places.
        await GatewayHost.Until(() => RemainingAsync(gateway).Result >= Limit - (3 * held));
        Assert.InRange(Limit - await RemainingAsync(gateway), held, 3 * held);

        go.SetResult();
        (await first).Dispose();
        (await staying).Dispose();
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == Limit - 20);
        Assert.Equal(2, server.Requests.Count);
        Assert.DoesNotContain(server.Requests, request => request.Body.Contains("who leaves", StringComparison.Ordinal));
    }

    [Fact]
    public async Task At_any_moment_each_request_is_settled_once_and_nothing_is_left_running()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, ("Resilience:MaxConcurrent", "8"), ("Limits:UsageTimeout", "00:00:30"));
        var begun = new ConcurrentDictionary<string, bool>();
        var abandoned = 0;
        var asked = new ConcurrentDictionary<string, int>();

        // One that was not heard of for half a second will not come any more.
        server.UsageOf = id => begun.ContainsKey(id) ? (8, 3) : asked.AddOrUpdate(id, 1, (_, times) => times + 1) > 10 ? (0, 0) : null;
        server.Answer = async context =>
        {
            begun[context.Request.Headers[HeaderNames.RequestId].ToString()] = true;
            try
            {
                await Task.Delay(Random.Shared.Next(20), context.RequestAborted);
                if (!server.Requests.Last().Body.Contains("\"stream\":true", StringComparison.Ordinal))
                {
                    await StubModelServer.AnswerAsync(context, TokenLimitsTests.Completion(8, 3));
                    return;
                }

                StubModelServer.BeginStream(context);
                for (var i = 0; i < 5; i++)
                {
                    await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
                    await Task.Delay(Random.Shared.Next(5), context.RequestAborted);
                }

                await StubModelServer.SendAsync(context, StubModelServer.UsageEvent.Replace("\"prompt_tokens\":7", "\"prompt_tokens\":8", StringComparison.Ordinal) + StubModelServer.Done);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                Interlocked.Increment(ref abandoned);
            }
        };

        // However slow the machine is: until there were some that left in the middle of an answer, and some that didn't.
        var patience = 60;
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async _ =>
        {
            for (var i = 0; i < 12 || (i < 100 && (Volatile.Read(ref abandoned) == 0 || begun.Count <= Volatile.Read(ref abandoned))); i++)
            {
                if (i >= 12)
                    Interlocked.Add(ref patience, 2);
                using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(Random.Shared.Next(1, Volatile.Read(ref patience))));
                try
                {
                    using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: Random.Shared.Next(2) == 0), leaving.Token);
                    await answer.Content.ReadAsByteArrayAsync(leaving.Token);
                }
                catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
                {
                    // It left.
                }
            }
        }));

        var servers = gateway.Services.GetRequiredService<ModelServers>();
        await GatewayHost.Until(() => servers.All(s => s.Running == 0) && gateway.Services.GetRequiredService<ReplicaGate>().Waiting == 0);
        await GatewayHost.Until(() => Volatile.Read(ref abandoned) > 0 && begun.Count > Volatile.Read(ref abandoned));
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == Limit - (11 * begun.Count));
    }
}
