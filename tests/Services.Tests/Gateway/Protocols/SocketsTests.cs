using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Protocols;

public class SocketsTests
{
    private static readonly TestTrustDomain _domain = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_connection_asks_for_streams_and_whole_answers_and_each_ends_once()
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
            await StubModelServer.SendAsync(context, ": comment\n\n" + StubModelServer.Event("a") + StubModelServer.Event("b") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, Request("1", GatewayHost.Chat(stream: true)));
        var streamed = await UntilDoneAsync(socket);
        await SendAsync(socket, Request("2", GatewayHost.Chat()));
        var whole = await UntilDoneAsync(socket);
        await SendAsync(socket, Request("3", "{\"model\":\"nobody\",\"messages\":[]}"));
        var refused = await UntilDoneAsync(socket);

        Assert.Equal(["a", "b"], streamed[..^1].Select(m => m.GetProperty("event").GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString()));
        Assert.Equal(("1", 200), (streamed[^1].GetProperty("id").GetString(), streamed[^1].GetProperty("status").GetInt32()));
        Assert.Equal("Whole.", whole[0].GetProperty("answer").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("model_not_found", refused[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(404, refused[^1].GetProperty("status").GetInt32());
        var line = await gateway.Logs.WaitForAsync("Answered request " + streamed[^1].GetProperty("request_id").GetString());
        Assert.Contains("tokens_in=7 tokens_out=3", line);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        Assert.Contains("3 requests", await gateway.Logs.WaitForAsync("Disconnected"));
    }

    [Fact]
    public async Task What_may_not_be_told_is_taken_out_and_what_is_wrong_is_named_as_over_HTTP()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("Ask ann@") + StubModelServer.Event("x.org or 41") + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Screening:Redaction:Answers:0", "email"), ("Screening:Redaction:Answers:1", "card"));
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, Request("1", GatewayHost.Chat(stream: true)));
        var streamed = await UntilDoneAsync(socket);
        await SendAsync(socket, Request("2", GatewayHost.Chat(more: ",\"temperature\":1e400")));
        var refused = await UntilDoneAsync(socket);

        Assert.Equal("Ask [email] or 41", string.Concat(streamed[..^1].Select(m => m.GetProperty("event").GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString())));
        Assert.Equal("temperature", refused[0].GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Cancelling_or_leaving_ends_the_request_at_the_model_server()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var aborted = 0;
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            context.RequestAborted.Register(() => Interlocked.Increment(ref aborted));
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        var socket = await ConnectAsync(gateway);
        await SendAsync(socket, Request("1", GatewayHost.Chat(stream: true)));
        await SendAsync(socket, Request("2", GatewayHost.Chat(stream: true)));
        var begun = new[] { await ReceiveAsync(socket), await ReceiveAsync(socket) };
        Assert.Equal(["1", "2"], begun.Select(m => m.GetProperty("id").GetString()).Order());

        await SendAsync(socket, """{"id":"1","cancel":true}""");

        var done = await ReceiveAsync(socket);
        Assert.Equal(("1", 499), (done.GetProperty("id").GetString(), done.GetProperty("status").GetInt32()));
        await GatewayHost.Until(() => Volatile.Read(ref aborted) == 1);
        socket.Abort();
        await GatewayHost.Until(() => Volatile.Read(ref aborted) == 2);
        socket.Dispose();
    }

    [Theory]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("{\"id\":7,\"request\":{}}", "id")]
    [InlineData("{\"request\":{}}", "id")]
    [InlineData("{\"id\":\"1\"}", "request")]
    [InlineData("{\"id\":\"1\",\"request\":{},\"cancel\":true}", "request")]
    [InlineData("{\"id\":\"1\",\"request\":[]}", "request")]
    [InlineData("{\"id\":\"1\",\"id\":\"2\",\"cancel\":true}", null)]
    [InlineData("{\"id\":\"\\ud800\",\"cancel\":true}", null)]
    public async Task What_is_no_message_is_told_and_the_connection_goes_on(string message, string? param)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, message);
        var error = (await ReceiveAsync(socket)).GetProperty("error");
        await SendAsync(socket, Request("1", GatewayHost.Chat()));

        Assert.Equal(("invalid_message", param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Equal(200, (await UntilDoneAsync(socket))[^1].GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Requests_of_a_connection_connections_of_a_tenant_and_messages_are_bounded()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server],
            ("Sockets:MaxRequests", "1"), ("Sockets:MaxTenantConnections", "1"), ("Screening:MaxBodyBytes", "2000"));
        using var socket = await ConnectAsync(gateway);
        await SendAsync(socket, Request("1", GatewayHost.Chat()));
        await SendAsync(socket, Request("1", GatewayHost.Chat()));
        Assert.Equal("duplicate_id", (await ReceiveAsync(socket)).GetProperty("error").GetProperty("code").GetString());
        await SendAsync(socket, Request("2", GatewayHost.Chat()));
        var refused = await UntilDoneAsync(socket);
        Assert.Equal(("concurrency_limit_exceeded", 429), (refused[0].GetProperty("error").GetProperty("code").GetString(), refused[1].GetProperty("status").GetInt32()));

        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(gateway));
        await SendAsync(socket, Request("3", GatewayHost.Chat(new string('x', 4000))));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (socket.State == WebSocketState.Open)
            await socket.ReceiveAsync(new byte[1000], patience.Token);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        await GatewayHost.Until(() => StatusAsync(gateway).GetAwaiter().GetResult() == HttpStatusCode.SwitchingProtocols);
    }

    [Theory]
    [InlineData(null, true, HttpStatusCode.SwitchingProtocols)]
    [InlineData(null, false, HttpStatusCode.Unauthorized)]
    [InlineData("https://evil.example", true, HttpStatusCode.Forbidden)]
    [InlineData("null", true, HttpStatusCode.Forbidden)]
    [InlineData("https://app.example", true, HttpStatusCode.SwitchingProtocols)]
    public async Task Only_keys_connect_and_no_page_of_another_origin(string? origin, bool key, HttpStatusCode expected)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Sockets:AllowedOrigins:0", "https://app.example"));

        Assert.Equal(expected, await StatusAsync(gateway, origin, key));
        using var plain = await gateway.Client.GetAsync("/v1/ws");
        Assert.Equal("upgrade_required", (await GatewayHost.ErrorOf(plain, HttpStatusCode.UpgradeRequired)).Code);
    }

    [Fact]
    public async Task HTTP_2_carries_it_too()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.SetRequestHeader("Authorization", $"Bearer {gateway.Key}");
        await socket.ConnectAsync(new UriBuilder(gateway.HttpsUrl) { Scheme = "wss", Path = "/v1/ws" }.Uri, invoker, Cancelled);

        await SendAsync(socket, Request("1", GatewayHost.Chat()));

        Assert.Equal(200, (await UntilDoneAsync(socket))[^1].GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_connection_without_requests_is_closed_after_a_while()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Sockets:IdleTimeout", "00:00:00.100"));
        using var socket = await ConnectAsync(gateway);

        await socket.ReceiveAsync(new byte[10], Cancelled);

        Assert.Equal((WebSocketCloseStatus.PolicyViolation, "idle"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task A_client_that_reads_nothing_holds_its_answer_back_and_is_let_go()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var longest = TimeSpan.Zero;
        var ended = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            var chunk = StubModelServer.Event(new string('x', 100_000));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                var began = Stopwatch.GetTimestamp();
                await StubModelServer.SendAsync(context, chunk);
                longest = Stopwatch.GetElapsedTime(began) is var took && took > longest ? took : longest;
            }

            ended.SetResult();
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Sockets:SendTimeout", "00:00:01"));
        using var socket = await ConnectAsync(gateway);
        await SendAsync(socket, Request("1", GatewayHost.Chat(stream: true)));

        // Buffers of the system fill up, then the model server is held back, then the client counts as gone.
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        Assert.True(longest > TimeSpan.FromSeconds(0.5), $"The model server waited for {longest} at most.");
    }

    [Fact]
    public async Task A_gateway_that_stops_lets_answers_finish_and_says_goodbye()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var go = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await go.Task;
            await StubModelServer.SendAsync(context, StubModelServer.Event("b") + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var socket = await ConnectAsync(gateway);
        await SendAsync(socket, Request("1", GatewayHost.Chat(stream: true)));
        await ReceiveAsync(socket);

        var stopping = gateway.StopAsync();
        go.SetResult();
        Assert.Equal(200, (await UntilDoneAsync(socket))[^1].GetProperty("status").GetInt32());
        await socket.ReceiveAsync(new byte[10], Cancelled);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        await stopping;
    }

    private static string Request(string id, string body) => $$"""{"id":"{{id}}","request":{{body}}}""";

    private static async Task<ClientWebSocket> ConnectAsync(GatewayHost gateway)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {gateway.Key}");
        await socket.ConnectAsync(Address(gateway), Cancelled);
        return socket;
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayHost gateway, string? origin = null, bool key = true)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (key)
            socket.Options.SetRequestHeader("Authorization", $"Bearer {gateway.Key}");
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await socket.ConnectAsync(Address(gateway), Cancelled);
        }
        catch (WebSocketException)
        {
            // The status says why.
        }

        return socket.HttpStatusCode;
    }

    private static Uri Address(GatewayHost gateway) => new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/v1/ws" }.Uri;

    private static Task SendAsync(ClientWebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, Cancelled);

    private static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        using var message = new MemoryStream();
        var buffer = new byte[4096];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            message.Write(buffer, 0, received.Count);
        }
        while (!received.EndOfMessage);

        return JsonDocument.Parse(Encoding.UTF8.GetString(message.ToArray())).RootElement;
    }

    /// <summary>All messages up to the one that says that the request is done.</summary>
    private static async Task<List<JsonElement>> UntilDoneAsync(ClientWebSocket socket)
    {
        var messages = new List<JsonElement>();
        do
            messages.Add(await ReceiveAsync(socket));
        while (!messages[^1].TryGetProperty("done", out _));
        return messages;
    }
}
