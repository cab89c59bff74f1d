using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>All faults at once, at random, under load: each request ends once and clearly, no limit is passed, nothing is left behind.</summary>
public class ChaosTests(ITestOutputHelper output)
{
    private const int Limit = 30_000;
    private const int Clients = 16;
    private const int Requests = 25;

    private static readonly TestTrustDomain _domain = new();

    private readonly SteppedClock _clock = new();
    private readonly ConcurrentQueue<(long At, int Tokens)> _used = new();
    private readonly ConcurrentDictionary<string, int> _ends = new();
    private readonly ConcurrentBag<string> _ids = [];

    [Fact]
    public async Task Whatever_fails_each_request_ends_once_and_nothing_is_left()
    {
        var servers = new StubModelServer[3];
        for (var i = 0; i < servers.Length; i++)
            servers[i] = await StartAsync(FreePort.Next());
        await using var gateway = await GatewayHost.StartAsync(_domain, servers, _clock,
            ("Limits:TokensPerMinute", $"{Limit}"), ("Limits:RequestsPerMinute", "100000"), ("Limits:TenantRequestsPerMinute", "100000"), ("Limits:KeyConcurrentRequests", "64"),
            ("Limits:UsageTimeout", "00:00:00.200"), ("Resilience:FirstByteTimeout", "00:00:00.500"), ("Resilience:IdleTimeout", "00:00:00.500"), ("Resilience:ConnectTimeout", "00:00:00.500"),
            ("Resilience:MaxConcurrent", "4"), ("Resilience:WaitTimeout", "00:00:00.500"), ("Resilience:OpenTime", "00:00:00.050"), ("Resilience:MaxOpenTime", "00:00:00.200"),
            ("Resilience:EjectionTime", "00:00:00.200"), ("ModelServers:Patience", "00:00:00.100"));

        using var over = new CancellationTokenSource();
        var killing = KillAsync(servers, over.Token);
        var vanished = (await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(() => AskAsync(gateway, new Random(i)))))).Sum();
        await over.CancelAsync();
        await killing;
        output.WriteLine($"{vanished} vanished; {string.Join(", ", _ends.OrderByDescending(e => e.Value).Select(e => $"{e.Key} {e.Value}"))}");

        // Those whose clients left have a line in the log too, if they came as far as the gateway.
        await GatewayHost.Until(() => Lines().Length >= _ids.Count);
        await GatewayHost.Until(() => gateway.Services.GetRequiredService<ModelServers>().All(s => s.Running == 0) && gateway.Services.GetRequiredService<ReplicaGate>().Waiting == 0);
        var lines = Lines();
        Assert.InRange(lines.Length, _ids.Count, Clients * Requests);
        Assert.All(_ids, id => Assert.Single(lines, line => line.Contains(id, StringComparison.Ordinal)));
        Assert.Equal(Clients * Requests, _ends.Values.Sum() + vanished);
        Assert.True(_ends.GetValueOrDefault("well") > 5 && _ends.Count > 5, "Too little happened.");

        NeverMoreThanTheLimit();
        await GatewayHost.Until(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(61));
            return RemainingAsync(gateway).Result == Limit;
        });
        using var metrics = new HttpClient();
        await Eventually.IsTrueAsync(
            async () => (await metrics.GetStringAsync(new Uri(gateway.ManagementUrl, "/metrics"))).Contains("zakenak_gateway_running_requests 0\n", StringComparison.Ordinal), "no request is counted as running");
        foreach (var server in servers)
            await server.DisposeAsync();

        string[] Lines() => [.. gateway.Logs.Lines.Where(line => line.Contains("Answered request", StringComparison.Ordinal))];
    }

    private async Task<StubModelServer> StartAsync(int port)
    {
        // An address of its own, and a port that no connection gets: nobody else takes it while the server is dead.
        var server = await StubModelServer.StartAsync(_domain, port, "127.77.0.1");
        server.Answer = AnswerAsync;
        return server;
    }

    private async Task KillAsync(StubModelServer[] servers, CancellationToken over)
    {
        var random = new Random(7);
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(random.Next(50, 200), CancellationToken.None);
            var victim = random.Next(servers.Length);
            var port = servers[victim].Url.Port;
            await servers[victim].DisposeAsync();
            await Task.Delay(random.Next(0, 100), CancellationToken.None);
            servers[victim] = await StartAsync(port);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var grant = TokenLimitsTests.GrantOf(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        var (prompt, completion) = (Random.Shared.Next(1, grant.MaxTokens!.Value - grant.MaxCompletionTokens!.Value + 1), Random.Shared.Next(0, grant.MaxCompletionTokens.Value + 1));
        var usage = $"\"prompt_tokens\":{prompt},\"completion_tokens\":{completion},\"total_tokens\":{prompt + completion}";
        var fate = Random.Shared.Next(20);
        if (fate == 0)
        {
            context.Response.Headers.RetryAfter = "1";
            context.Response.Headers[HeaderNames.UsedTokens] = "0";
            await StubModelServer.AnswerAsync(context, """{"error":{"message":"m","type":"server_error","param":null,"code":"queue_full"}}""", 503);
            return;
        }

        _used.Enqueue((_clock.GetTimestamp(), prompt));
        _clock.Advance(TimeSpan.FromMilliseconds(Random.Shared.Next(0, 400)));
        _used.Enqueue((_clock.GetTimestamp(), completion));
        if (fate == 1)
            await StubModelServer.DieAsync(context);
        else if (fate == 2)
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        else if (fate == 3)
            await StubModelServer.AnswerAsync(context, "{\"choices\":[", Random.Shared.Next(2) == 0 ? 200 : 500);
        else if (!context.Request.Headers.ContainsKey("Content-Length") || context.Request.ContentLength % 2 == 0)
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("well").Replace("\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10", usage, StringComparison.Ordinal));
        else
            await StreamAsync(context, fate, usage);
    }

    private static async Task StreamAsync(HttpContext context, int fate, string usage)
    {
        StubModelServer.BeginStream(context);
        for (var i = 0; i < 4; i++)
        {
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + (fate == 4 ? "data: {\"half" : ""));
            await Task.Delay(Random.Shared.Next(10));
            if (fate is 4 or 5)
            {
                await StubModelServer.DieAsync(context);
                return;
            }
        }

        if (fate == 6)
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        else if (fate == 7)
            await StubModelServer.SendAsync(context, "garbage\n\n");
        else
            await StubModelServer.SendAsync(context, "data: {\"choices\":[],\"usage\":{" + usage + "}}\n\n" + StubModelServer.Done);
    }

    /// <summary>Returns how many of its requests it left alone.</summary>
    private async Task<int> AskAsync(GatewayHost gateway, Random random)
    {
        var vanished = 0;
        for (var i = 0; i < Requests; i++)
        {
            var stream = random.Next(2) == 0;
            using var leaving = new CancellationTokenSource(random.Next(8) == 0 ? TimeSpan.FromMilliseconds(random.Next(30)) : TimeSpan.FromMinutes(1));

            // The model server tells streams by the length alone: odd after what the gateway puts in.
            var body = GatewayHost.Chat(new string('x', random.Next(60)), stream, more: ",\"max_tokens\":" + random.Next(100, 400).ToString(CultureInfo.InvariantCulture));
            var sent = body.Length + (stream ? "\"stream_options\":{\"include_usage\":true},".Length : 0);
            if (sent % 2 == (stream ? 0 : 1))
                body += " ";
            try
            {
                using var answer = await gateway.AskAsync(body, leaving.Token);
                var text = await answer.Content.ReadAsStringAsync(leaving.Token);
                _ids.Add(Assert.Single(answer.Headers.GetValues(HeaderNames.RequestId)));
                _ends.AddOrUpdate(EndOf(answer, text, stream), 1, (_, count) => count + 1);
                if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                    _clock.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
            }
            catch (OperationCanceledException)
            {
                vanished++;
            }
        }

        return vanished;
    }

    /// <summary>How a request ended; fails where that is not one clear end.</summary>
    private static string EndOf(HttpResponseMessage answer, string text, bool stream)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            using var whole = JsonDocument.Parse(text);
            return whole.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString()!
                : whole.RootElement.TryGetProperty("choices", out _) && answer.IsSuccessStatusCode && !stream ? "well"
                : throw new InvalidDataException(text);
        }

        Assert.True(stream && answer.StatusCode == HttpStatusCode.OK && text.EndsWith("\n\n", StringComparison.Ordinal), text);
        var events = text[..^2].Split("\n\n");
        Assert.All(events[..^1], e => Assert.Equal(StubModelServer.Event("a"), e + "\n\n"));
        if (events[^1] == "data: [DONE]")
            return "well";
        using var last = JsonDocument.Parse(events[^1]["data: ".Length..]);
        return "after " + last.RootElement.GetProperty("error").GetProperty("code").GetString()!;
    }

    private void NeverMoreThanTheLimit()
    {
        var all = _used.OrderBy(u => u.At).ToList();
        for (int first = 0, last = 0, sum = 0; last < all.Count; last++)
        {
            sum += all[last].Tokens;
            while (all[last].At - all[first].At >= TimeSpan.TicksPerMinute)
                sum -= all[first++].Tokens;
            Assert.True(sum <= Limit, $"{sum} tokens in a minute");
        }
    }

    private static async Task<long> RemainingAsync(GatewayHost gateway)
    {
        using var answer = await gateway.Client.GetAsync("/v1/models");
        return long.Parse(Assert.Single(answer.Headers.GetValues("x-ratelimit-remaining-tokens")), CultureInfo.InvariantCulture);
    }
}
