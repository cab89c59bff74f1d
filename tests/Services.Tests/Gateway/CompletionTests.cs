using System.Diagnostics;
using System.Net;
using System.Text;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class CompletionTests
{
    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task A_completion_comes_back_as_the_model_server_wrote_it()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(StubModelServer.Completion("Hello."), await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.NotEmpty(Assert.Single(answer.Headers.GetValues("x-request-id")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parameters_that_the_model_server_ignored_are_told_and_its_other_headers_not(bool stream)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            context.Response.Headers[HeaderNames.IgnoredParameters] = "mirostat,x";
            context.Response.Headers["x-other"] = "1";
            if (stream)
            {
                StubModelServer.BeginStream(context);
                await StubModelServer.SendAsync(context, StubModelServer.Event("Hi") + StubModelServer.Done);
                return;
            }

            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("Hello."));
        };

        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: stream));

        Assert.Equal("mirostat,x", Assert.Single(answer.Headers.GetValues(HeaderNames.IgnoredParameters)));
        Assert.False(answer.Headers.Contains("x-other"));
    }

    [Fact]
    public async Task The_body_goes_on_unchanged_and_no_header_of_the_client_does()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        const string Odd = "  {\"messages\" :[ ],\n \"model\":\"gu\\u0069de\", \"temperature\": 1e0 ,\"x\":\"ü\" } ";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(Odd) };
        request.Headers.Add("Cookie", "a=b");
        request.Headers.Add("traceparent", "00-11111111111111111111111111111111-2222222222222222-01");
        request.Headers.Add("x-zakenak-grant", "forged");
        request.Headers.Add("x-request-id", "mine");
        using var answer = await gateway.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var received = Assert.Single(server.Requests);
        Assert.Equal(Odd, received.Body);
        Assert.DoesNotContain("Authorization", received.Headers.Keys);
        Assert.DoesNotContain("Cookie", received.Headers.Keys);
        Assert.DoesNotContain("11111111111111111111111111111111", string.Join(' ', received.Headers.Values));
        Assert.NotEqual("forged", received.Headers[HeaderNames.Grant]);
        var id = Assert.Single(answer.Headers.GetValues("x-request-id"));
        Assert.NotEqual("mine", id);
        Assert.Equal(id, received.Headers[HeaderNames.RequestId]);
    }

    [Fact]
    public async Task Each_event_of_a_stream_arrives_before_the_next_is_sent()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var next = new SemaphoreSlim(0);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            for (var i = 0; i < 20; i++)
            {
                await StubModelServer.SendAsync(context, StubModelServer.Event($"t{i}"));
                Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(60)), "The gateway held an event back.");
            }

            await StubModelServer.SendAsync(context, StubModelServer.UsageEvent + StubModelServer.Done);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no", Assert.Single(answer.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var i = 0; i < 20; i++)
        {
            Assert.Contains($"\"t{i}\"", await reader.ReadLineAsync());
            Assert.Equal("", await reader.ReadLineAsync());
            next.Release();
        }

        Assert.Equal("data: [DONE]\n\n", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("", "{\"stream_options\":{\"include_usage\":true},", false)]
    [InlineData(",\"stream_options\":null", "\"stream_options\":{\"include_usage\":true}}", false)]
    [InlineData(",\"stream_options\":{\"include_usage\":false}", "\"stream_options\":{\"include_usage\":true}}", false)]
    [InlineData(",\"stream_options\":{\"include_usage\":true}", "\"stream_options\":{\"include_usage\":true}}", true)]
    public async Task Usage_is_asked_for_and_kept_from_a_client_that_did_not(string options, string expected, bool seen)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true, more: options));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(seen, text.Contains("prompt_tokens", StringComparison.Ordinal));
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Single(server.Requests).Body);
        var line = await gateway.Logs.WaitForAsync("Answered request");
        Assert.Contains("tokens_in=7 tokens_out=3", line);
        Assert.Contains($"tenant=dev model=guide version=v1 digest={StubModelServer.Digest} status=200 latency_ms=", line);
        Assert.Matches("ttft_ms=[0-9]", line);
    }

    [Fact]
    public async Task A_model_server_that_dies_in_mid_stream_ends_the_stream_with_an_error_event()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        var begun = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("whole") + "data: {\"half");
            await begun.Task;
            await StubModelServer.DieAsync(context);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        begun.SetResult();
        var text = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(StubModelServer.Event("whole") + "data: {\"error\":{", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"backend_lost\"", text);
        Assert.DoesNotContain("half", text);
        Assert.DoesNotContain("[DONE]", text);
        Assert.EndsWith("}}\n\n", text, StringComparison.Ordinal);
        Assert.Contains("code=backend_lost", await gateway.Logs.WaitForAsync("Answered request"));

        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("again"));
        using var second = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task A_stream_that_ends_without_done_is_a_lost_one()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Contains("\"code\":\"backend_lost\"", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_model_servers_own_error_event_passes_and_nothing_follows_it()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        const string Error = "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,\"code\":\"engine_failed\"}}\n\n";
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + Error);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Equal(StubModelServer.Event("a") + Error, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_server_that_dies_before_the_first_event_gives_502(bool stream)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            if (stream)
            {
                StubModelServer.BeginStream(context);
                await StubModelServer.SendAsync(context, "data: {\"ha");
            }

            await StubModelServer.DieAsync(context);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: stream));
        Assert.Equal("backend_lost", (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
    }

    [Fact]
    public async Task Half_a_completion_is_502_and_not_half_an_answer()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 500;
            await StubModelServer.SendAsync(context, StubModelServer.Completion("a")[..100]);
            await StubModelServer.DieAsync(context);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("backend_lost", (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
    }

    [Theory]
    [InlineData("<html>", "text/html", 200, false)]
    [InlineData("{\"choices\":[}", "application/json", 200, false)]
    [InlineData("{\"nothing\":1}", "application/json", 200, false)]
    [InlineData("{\"choices\":[]}", "application/json", 200, true)]
    [InlineData("garbage\n\n", "text/event-stream", 200, true)]
    [InlineData("data: garbage\n\n", "text/event-stream", 200, true)]
    [InlineData("moved", "text/plain", 302, false)]
    [InlineData("oops", "text/plain", 500, false)]
    public async Task Garbage_from_a_model_server_is_502(string body, string type, int status, bool stream)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = context => StubModelServer.AnswerAsync(context, body, status, type);
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: stream));
        Assert.Equal("backend_invalid_response", (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
    }

    [Fact]
    public async Task Garbage_in_mid_stream_ends_it_with_an_error_event()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + "\0\0\0 no event\n\n" + StubModelServer.Done);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(StubModelServer.Event("a") + "data: {\"error\"", text, StringComparison.Ordinal);
        Assert.Contains("backend_invalid_response", text);
    }

    [Fact]
    public async Task An_event_without_end_is_cut_off_at_its_limit()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Forwarding:MaxEventBytes", "65536"));
        var gone = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + "data: {\"");
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await StubModelServer.SendAsync(context, new string('x', 8192));
            }
            finally
            {
                gone.SetResult();
            }
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Contains("backend_invalid_response", await answer.Content.ReadAsStringAsync());
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_large_event_passes_whole()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        var large = StubModelServer.Event(new string('x', 100_000)).Replace("\n\n", "\r\n\r\n", StringComparison.Ordinal);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            foreach (var piece in (large + StubModelServer.Event("b") + StubModelServer.Done).Chunk(7001))
                await StubModelServer.SendAsync(context, new string(piece));
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Equal(large + StubModelServer.Event("b") + StubModelServer.Done, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_model_server_that_hangs_gives_504_before_and_an_error_event_within_a_stream()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server],
            ("Resilience:FirstByteTimeout", "00:00:00.300"), ("Resilience:IdleTimeout", "00:00:00.300"));
        server.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var silent = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("backend_timeout", (await GatewayHost.ErrorOf(silent, HttpStatusCode.GatewayTimeout)).Code);

        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var stalled = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Contains("\"code\":\"backend_timeout\"", await stalled.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_away_is_gone_for_the_model_server_at_once(bool stream)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        await AtOnceAsync(async () =>
        {
            var asked = new TaskCompletionSource();
            var gone = new TaskCompletionSource<long>();
            server.Answer = async context =>
            {
                context.RequestAborted.Register(() => gone.TrySetResult(Stopwatch.GetTimestamp()));
                if (stream)
                {
                    StubModelServer.BeginStream(context);
                    await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
                }

                asked.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            };
            using var leaving = new CancellationTokenSource();
            var asking = gateway.AskAsync(GatewayHost.Chat(stream: stream), leaving.Token);
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(60));
            var left = Stopwatch.GetTimestamp();
            if (stream)
                (await asking).Dispose();
            else
                await leaving.CancelAsync();
            return Stopwatch.GetElapsedTime(left, await gone.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        });
        Assert.Contains("status=499", await gateway.Logs.WaitForAsync("Answered request"));
    }

    /// <summary>What is drained, or waited for, takes two seconds each time; a machine that has other things to do only sometimes.</summary>
    private static Task AtOnceAsync(Func<Task<TimeSpan>> attempt) => Eventually.OnceWithinAsync(TimeSpan.FromSeconds(1.5), attempt);

    [Fact]
    public async Task A_client_that_goes_away_in_a_busy_stream_stops_it()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        await AtOnceAsync(async () =>
        {
            var gone = new TaskCompletionSource<long>();
            server.Answer = async context =>
            {
                StubModelServer.BeginStream(context);
                context.RequestAborted.Register(() => gone.TrySetResult(Stopwatch.GetTimestamp()));
                while (!context.RequestAborted.IsCancellationRequested)
                    await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            };
            using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
            var left = Stopwatch.GetTimestamp();
            answer.Dispose();
            return Stopwatch.GetElapsedTime(left, await gone.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        });
    }

    [Fact]
    public async Task A_refusal_of_the_model_server_passes_with_its_retry_after()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = context =>
        {
            context.Response.Headers.RetryAfter = "7";
            return StubModelServer.AnswerAsync(context, "{\"error\":{\"message\":\"full\",\"type\":\"server_error\",\"param\":null,\"code\":\"queue_full\"}}", 503);
        };
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Equal("queue_full", (await GatewayHost.ErrorOf(answer, HttpStatusCode.ServiceUnavailable)).Code);
        Assert.Equal(TimeSpan.FromSeconds(7), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_problem_between_gateway_and_model_server_is_not_shown_as_the_clients()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = context => StubModelServer.AnswerAsync(context, "{\"title\":\"no\"}", 403, "application/problem+json");
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal("backend_refused", (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
    }

    [Fact]
    public async Task Nothing_that_was_said_and_no_secret_is_in_any_log_line()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        var begun = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("COMPLETION-MARKER"));
            await begun.Task;
            await StubModelServer.DieAsync(context);
        };
        using (var streamed = await gateway.AskAsync(GatewayHost.Chat("PROMPT-MARKER", stream: true)))
        {
            begun.SetResult();
            Assert.Contains("COMPLETION-MARKER", await streamed.Content.ReadAsStringAsync());
        }

        server.Answer = context => StubModelServer.AnswerAsync(context, "{\"choices\":\"COMPLETION-MARKER", 200);
        (await gateway.AskAsync(GatewayHost.Chat("PROMPT-MARKER"))).Dispose();
        (await gateway.AskAsync("{\"model\":\"PROMPT-MARKER\",\"messages\":[{PROMPT-MARKER")).Dispose();
        (await gateway.AskAsync(GatewayHost.Chat(model: "PROMPT-MARKER"))).Dispose();
        using (var wrong = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(GatewayHost.Chat()) })
        {
            wrong.Headers.Add("Authorization", "Bearer zk-0000000000000000-SECRET-MARKER-0123456789012345678901234567890");
            (await gateway.Anonymous.SendAsync(wrong)).Dispose();
        }

        (await gateway.Anonymous.GetAsync("/login?token=TOKEN-MARKER")).Dispose();
        (await gateway.Anonymous.GetAsync("/login?token=" + GatewayHost.LoginToken)).Dispose();
        await GatewayHost.Until(() => gateway.Logs.Lines.Count(l => l.Contains("Answered request", StringComparison.Ordinal)) >= 5);
        foreach (var secret in new[] { "PROMPT-MARKER", "COMPLETION-MARKER", "SECRET-MARKER", "TOKEN-MARKER", GatewayHost.LoginToken, gateway.Key, gateway.Key[20..] })
            Assert.DoesNotContain(gateway.Logs.Lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_streams_at_once_lose_nothing_and_mix_nothing()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            var who = server.Requests.Count;
            StubModelServer.BeginStream(context);
            for (var i = 0; i < 30; i++)
                await StubModelServer.SendAsync(context, StubModelServer.Event($"{who}-{i}"));
            await StubModelServer.SendAsync(context, StubModelServer.Done);
        };
        await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
            var text = await answer.Content.ReadAsStringAsync();
            var who = text[(text.IndexOf("\"content\":\"", StringComparison.Ordinal) + 11)..].Split('-')[0];
            var expected = new StringBuilder();
            for (var i = 0; i < 30; i++)
                expected.Append(StubModelServer.Event($"{who}-{i}"));
            Assert.Equal(expected.Append(StubModelServer.Done).ToString(), text);
        }));
    }
}
