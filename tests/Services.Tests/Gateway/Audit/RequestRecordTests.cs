using System.Net;
using System.Net.WebSockets;
using System.Text;
using Zakenak.Audit;
using Zakenak.Services.Tests.Gateway.Edge;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Audit;

/// <summary>Every request, of whatever protocol and whatever became of it, has one record.</summary>
public sealed class RequestRecordTests
{
    private static readonly TestTrustDomain _domain = new();

    private static async Task<AuditRecord> RecordOf(GatewayHost gateway, HttpResponseMessage answer)
    {
        var id = Assert.Single(answer.Headers.GetValues("x-request-id"));
        AuditRecord[] found = [];
        await GatewayHost.Until(() => (found = [.. Records(gateway).Where(r => r.Subject == id)]).Length > 0);
        return Assert.Single(found);
    }

    private static IEnumerable<AuditRecord> Records(GatewayHost gateway) => AuditHistory.Read(gateway.AuditFolder).Select(r => r.Record);

    [Fact]
    public async Task An_answered_request_says_who_what_by_which_model_and_how_much_and_nothing_of_the_content()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("secret answer"));
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var answer = await gateway.AskAsync(GatewayHost.Chat("secret question"));
        var record = await RecordOf(gateway, answer);

        Assert.Equal(("request.answered", AuditOutcome.Done, null), (record.Action, record.Outcome, record.Code));
        Assert.StartsWith("key:", record.Actor, StringComparison.Ordinal);
        Assert.Equal("dev", record.Details["tenant"]);
        Assert.Equal(("POST", "/v1/chat/completions", "chat", "200"), (record.Details["method"], record.Details["route"], record.Details["operation"], record.Details["status"]));
        Assert.Equal(("guide", "v1", StubModelServer.Digest), (record.Details["model"], record.Details["version"], record.Details["digest"]));
        Assert.Equal(server.Url.GetLeftPart(UriPartial.Authority), record.Details["replica"]);
        Assert.Equal(("7", "3", "0", "stop"), (record.Details["tokens_in"], record.Details["tokens_out"], record.Details["tokens_cached"], record.Details["finish"]));
        Assert.Equal($"{StubModelServer.Completion("secret answer").Length}", record.Details["bytes_out"]);
        Assert.Equal($"{GatewayHost.Chat("secret question").Length}", record.Details["bytes_in"]);
        Assert.True(long.Parse(record.Details["duration_us"], System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.All(Directory.GetFiles(gateway.AuditFolder, "*.jsonl"), file =>
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain(gateway.Key[^20..], text, StringComparison.Ordinal);
        });
    }

    private static readonly (string Method, string Path, string? Body, string? Code, HttpStatusCode Status)[] _requests =
    [
        ("POST", "/v1/chat/completions", GatewayHost.Chat(stream: true), null, HttpStatusCode.OK),
        ("POST", "/v1/chat/completions", "{", "invalid_json", HttpStatusCode.BadRequest),
        ("POST", "/v1/chat/completions", GatewayHost.Chat(model: "none-such"), "model_not_found", HttpStatusCode.NotFound),
        ("POST", "/v1/chat/completions", GatewayHost.Chat(new string('x', 4000)), "request_too_large", HttpStatusCode.RequestEntityTooLarge),
        ("GET", "/v1/chat/completions", null, "method_not_allowed", HttpStatusCode.MethodNotAllowed),
        ("GET", "/v1/models", null, null, HttpStatusCode.OK),
        ("GET", "/v1/nothing/of/a/clients/words", null, "not_found", HttpStatusCode.NotFound),
        ("GET", "/v1/ws", null, "upgrade_required", HttpStatusCode.UpgradeRequired),
        ("POST", "/v1/responses", """{"model":"guide","input":"Hi"}""", null, HttpStatusCode.OK),
        ("POST", "/api/chat", """{"model":"guide","messages":[{"role":"user","content":"Hi"}],"stream":false}""", null, HttpStatusCode.OK),
        ("POST", "/api/chat", """{"model":"none-such","messages":[]}""", "model_not_found", HttpStatusCode.NotFound),
        ("GET", "/api/tags", null, null, HttpStatusCode.OK),
        ("POST", "/api/pull", "{}", "not_found", HttpStatusCode.NotFound),
        ("GET", "/", null, null, HttpStatusCode.OK),
    ];

    [Fact]
    public async Task Every_request_has_exactly_one_record_with_its_status_and_code()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            if (!server.Requests.Last().Body.Contains("\"stream\":true", StringComparison.Ordinal))
            {
                await StubModelServer.AnswerAsync(context, StubModelServer.Completion("Whole."));
                return;
            }

            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Screening:MaxBodyBytes", "2000"));
        foreach (var (method, path, body, code, status) in _requests)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : GatewayHost.Json(body) };
            using var answer = await gateway.Client.SendAsync(request);
            Assert.True(status == answer.StatusCode, $"{method} {path}: {answer.StatusCode}");
            var record = await RecordOf(gateway, answer);
            Assert.Equal((code, ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture)), (record.Code, record.Details["status"]));
            Assert.Equal(code is null ? AuditOutcome.Done : AuditOutcome.Refused, record.Outcome);
        }

        using var unknown = await gateway.Anonymous.PostAsync("/v1/chat/completions", GatewayHost.Json(GatewayHost.Chat()));
        var refused = await RecordOf(gateway, unknown);
        Assert.Equal(("anonymous", "invalid_api_key", "401"), (refused.Actor, refused.Code, refused.Details["status"]));

        Assert.Equal(_requests.Length + 1, Records(gateway).Count(r => r.Action == "request.answered"));
        Assert.DoesNotContain(Records(gateway), r => r.Details.Values.Any(v => v.Contains("words", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("A client's words\r\n\r\n", 400)]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: words\r\nHost: words\r\n\r\n", 400)]
    [InlineData("GET /{16000} HTTP/1.1\r\nHost: words\r\n\r\n", 414)]
    public async Task What_can_not_be_read_as_a_request_is_recorded_and_so_is_what_came_before_it(string bytes, int status)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync("GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadAsync();
        await client.SendAsync(bytes.Replace("{16000}", new string('w', 16_000), StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status}", await client.ReadAsync(), StringComparison.Ordinal);
        AuditRecord[] found = [];
        await GatewayHost.Until(() => (found = [.. Records(gateway).Where(r => r.Action == "request.answered")]).Length > 1);
        Assert.Equal(["not_found", "unreadable_request"], found.Select(r => r.Code));
        Assert.Equal(("anonymous", AuditOutcome.Refused, $"{status}", "other", "none"),
            (found[1].Actor, found[1].Outcome, found[1].Details["status"], found[1].Details["method"], found[1].Details["route"]));
        Assert.DoesNotContain(found, r => r.Subject.Contains("words", StringComparison.Ordinal) || r.Details.Values.Any(v => v.Contains("words", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_request_whose_body_can_not_be_read_has_no_second_record()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.Key}\r\n"
            + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.True(await client.IsClosedAsync());
        await GatewayHost.Until(() => Records(gateway).Any(r => r.Action == "request.answered"));
        using var next = await gateway.Anonymous.GetAsync("/v1/nothing");
        await RecordOf(gateway, next);
        Assert.Equal(2, Records(gateway).Count(r => r.Action == "request.answered"));
    }

    [Fact]
    public async Task What_limits_refuse_is_recorded_too()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:RequestsPerMinute", "1"));
        using var first = await gateway.AskAsync(GatewayHost.Chat());
        using var second = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        var record = await RecordOf(gateway, second);
        Assert.Equal(("rate_limit_exceeded", AuditOutcome.Refused, "dev"), (record.Code, record.Outcome, record.Details["tenant"]));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_and_a_client_that_leaves_are_failures()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var begun = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await begun.Task;
            await StubModelServer.DieAsync(context);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using (var broken = await gateway.AskAsync(GatewayHost.Chat(stream: true)))
        {
            begun.SetResult();
            await broken.Content.ReadAsStringAsync();
            var record = await RecordOf(gateway, broken);
            Assert.Equal((AuditOutcome.Failed, "backend_lost", "200"), (record.Outcome, record.Code, record.Details["status"]));
        }

        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var left = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        left.Dispose();
        Assert.Equal((AuditOutcome.Failed, "499"), ((await RecordOf(gateway, left)) is var gone ? (gone.Outcome, gone.Details["status"]) : default));
    }

    [Fact]
    public async Task Every_message_of_a_WebSocket_has_one_record_and_so_has_its_connection()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using (var socket = new ClientWebSocket())
        {
            socket.Options.SetRequestHeader("Authorization", "Bearer " + gateway.Key);
            await socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/v1/ws" }.Uri, default);
            string[] messages =
            [
                $$"""{"id":"1","request":{{GatewayHost.Chat()}}}""",
                $$"""{"id":"2","request":{{GatewayHost.Chat(model: "none-such")}}}""",
                "no message",
            ];
            foreach (var message in messages)
                await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, default);
            await GatewayHost.Until(() => Records(gateway).Count(r => r.Details.GetValueOrDefault("method") == "MESSAGE") == 3);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        }

        await GatewayHost.Until(() => Records(gateway).Any(r => r.Details.GetValueOrDefault("status") == "101"));
        var messagesRecorded = Records(gateway).Where(r => r.Details.GetValueOrDefault("method") == "MESSAGE").ToArray();
        Assert.Equal(["200", "400", "404"], messagesRecorded.Select(r => r.Details["status"]).Order());
        Assert.All(messagesRecorded, r => Assert.Equal(("/v1/ws", "dev"), (r.Details["route"], r.Details["tenant"])));
        Assert.Equal(4, Records(gateway).Count(r => r.Action == "request.answered"));
    }
}
