using System.Net;
using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Protocols;

/// <summary>What holds for every protocol: one way for all of them, and whatever goes wrong is told in the client's own.</summary>
public class ProtocolsTests
{
    private const string Responses = """{"model":"guide","input":[{"role":"user","content":[{"type":"input_text","text":"SECRET-TEXT"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"}],"tools":[{"type":"function","name":"f","parameters":{}}],"text":{"format":{"type":"json_object"}},"stream":true}""";
    private const string Completions = """{"model":"guide","prompt":"SECRET-TEXT","logprobs":1,"best_of":1,"stream":true}""";
    private const string OllamaChat = """{"model":"guide","messages":[{"role":"user","content":"SECRET-TEXT"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},{"role":"tool","tool_name":"f","content":"x"}],"tools":[],"format":{"type":"object"},"options":{"stop":["a"],"num_predict":5,"num_ctx":9},"stream":true}""";
    private const string OllamaGenerate = """{"model":"guide","prompt":"SECRET-TEXT","system":"S","format":"json","options":{"seed":1}}""";

    private static readonly TestTrustDomain _domain = new();

    [Theory]
    [InlineData("/v1/completions", Completions)]
    [InlineData("/v1/responses", Responses)]
    [InlineData("/api/chat", OllamaChat)]
    [InlineData("/api/generate", OllamaGenerate)]
    public async Task Every_protocol_takes_the_way_of_a_chat_and_leaves_no_content_behind(string path, string body)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = StreamAsync;
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Hello", await answer.Content.ReadAsStringAsync());
        Assert.True(answer.Headers.Contains("x-ratelimit-remaining-requests"));
        Assert.True(answer.Headers.Contains("x-request-id"));
        var received = Assert.Single(server.Requests);
        Assert.Equal("/v1/chat/completions", received.Path);
        using var chat = JsonDocument.Parse(received.Body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal("guide", chat.RootElement.GetProperty("model").GetString());
        Assert.True(chat.RootElement.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        var line = await gateway.Logs.WaitForAsync("Answered request");
        Assert.Contains("tokens_in=7 tokens_out=3", line);
        Assert.Matches("ttft_ms=[0-9]", line);
        Assert.DoesNotContain("SECRET-TEXT", string.Join('\n', gateway.Logs.Lines));
    }

    [Theory]
    [InlineData("/v1/completions", Completions, "\"code\":\"backend_lost\"")]
    [InlineData("/v1/responses", Responses, "event: response.failed")]
    [InlineData("/api/chat", OllamaChat, "{\"error\":\"The model server went away")]
    [InlineData("/api/generate", OllamaGenerate, "{\"error\":\"The model server went away")]
    public async Task A_model_server_that_dies_ends_each_protocols_stream_with_its_own_error(string path, string body, string told)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var begun = new TaskCompletionSource();
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, Chunk("Hello"));
            await begun.Task;
            await StubModelServer.DieAsync(context);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = GatewayHost.Json(body) };
        using var answer = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        begun.SetResult();
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Contains("Hello", text);
        Assert.Contains(told, text);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/completions", Completions)]
    [InlineData("/v1/responses", Responses)]
    [InlineData("/api/chat", OllamaChat)]
    public async Task A_chunk_that_is_none_ends_the_stream_with_an_error(string path, string body)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, "data: {\"no\":\"chunk\"}\n\n" + Chunk("NEVER") + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        var text = await (await gateway.Client.PostAsync(path, GatewayHost.Json(body))).Content.ReadAsStringAsync();

        Assert.Contains("made no sense", text);
        Assert.DoesNotContain("NEVER", text);
        Assert.Contains("backend_invalid_response", await gateway.Logs.WaitForAsync("Answered request"));
    }

    [Theory]
    [InlineData("/v1/completions", Completions, "Bearer wrong", 401, "{\"error\":{")]
    [InlineData("/v1/responses", Responses, "Bearer wrong", 401, "{\"error\":{")]
    [InlineData("/api/chat", OllamaChat, "Bearer wrong", 401, "{\"error\":\"")]
    [InlineData("/api/generate", "{", null, 400, "{\"error\":\"")]
    [InlineData("/api/chat", "[]", null, 400, "{\"error\":\"")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"model\":\"x\",\"input\":\"\"}", null, 400, "{\"error\":{")]
    [InlineData("/api/nothing", "{}", null, 404, "{\"error\":\"")]
    [InlineData("/v1/completions", "{\"model\":\"nobody\",\"prompt\":\"Hi\"}", null, 404, "{\"error\":{")]
    [InlineData("/api/chat", "{\"model\":\"nobody\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", null, 404, "{\"error\":\"")]
    public async Task A_refusal_has_the_shape_of_its_protocol(string path, string body, string? key, int status, string begins)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = GatewayHost.Json(body) };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", key);

        using var answer = await gateway.Client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(begins, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/completions", "{\"model\":\"guide\"}", "prompt")]
    [InlineData("/v1/completions", "{\"model\":\"guide\",\"prompt\":[\"a\",\"b\"]}", "prompt")]
    [InlineData("/v1/completions", "{\"model\":\"guide\",\"prompt\":\"a\",\"suffix\":\"b\"}", "suffix")]
    [InlineData("/v1/completions", "{\"model\":\"guide\",\"prompt\":\"a\",\"best_of\":3}", "best_of")]
    [InlineData("/v1/completions", "{\"model\":\"guide\",\"prompt\":\"a\",\"messages\":[]}", "messages")]
    [InlineData("/v1/responses", "{\"model\":\"guide\"}", "input")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":7}", "input")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":\"a\",\"previous_response_id\":\"resp_1\"}", "previous_response_id")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":\"a\",\"store\":true}", "store")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":\"a\",\"tools\":[{\"type\":\"web_search\"}]}", "tools[0].type")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":[{\"type\":\"reasoning\"}]}", "input[0].type")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]}", "input[0].content[0].type")]
    [InlineData("/v1/responses", "{\"model\":\"guide\",\"input\":\"a\",\"max_tokens\":7}", "max_tokens")]
    public async Task What_a_protocol_asks_for_and_there_is_not_is_refused_by_its_name(string path, string body, string param)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);

        using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));

        Assert.Equal(param, (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadRequest)).Param);
    }

    [Theory]
    [InlineData("/v1/responses", """{"model":"guide","input":"a"}""", "max_completion_tokens", "{'error':{'message':'`max_output_tokens` is wrong.','type':'t','param':'max_output_tokens'")]
    [InlineData("/v1/responses", """{"model":"guide","input":"a"}""", "response_format.json_schema.schema/not", "'param':'text.format.schema/not'")]
    [InlineData("/v1/responses", """{"model":"guide","input":"a"}""", "messages[1].content", "'param':'input'")]
    [InlineData("/v1/completions", """{"model":"guide","prompt":"a"}""", "messages", "'param':'prompt'")]
    [InlineData("/v1/completions", """{"model":"guide","prompt":"a"}""", "temperature", "'param':'temperature'")]
    [InlineData("/api/chat", """{"model":"guide","messages":[]}""", "max_tokens", "{'error':'`options.num_predict` is wrong.'}")]
    [InlineData("/api/chat", """{"model":"guide","messages":[]}""", "stop[0]", "{'error':'`options.stop[0]` is wrong.'}")]
    [InlineData("/api/chat", """{"model":"guide","messages":[]}""", "messages", "{'error':'`messages` is wrong.'}")]
    [InlineData("/api/generate", """{"model":"guide","prompt":"a"}""", "messages", "{'error':'`prompt` is wrong.'}")]
    public async Task What_the_model_server_refuses_is_told_by_the_clients_name_for_it(string path, string body, string param, string told)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context, $$$"""{"error":{"message":"'{{{param}}}' is wrong.","type":"t","param":"{{{param}}}","code":"invalid_value"}}""", 400);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(told.Replace('\'', '"').Replace('`', '\''), (await answer.Content.ReadAsStringAsync()).Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_nobody_knows_is_for_the_model_server_to_tell_or_refuse()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        await gateway.Client.PostAsync("/v1/responses", GatewayHost.Json("""{"model":"guide","input":"a","reasoning":{"effort":"low"},"text":{"verbosity":"low"}}"""));
        await gateway.Client.PostAsync("/api/chat", GatewayHost.Json("""{"model":"guide","messages":[],"stream":false,"options":{"num_ctx":7},"x":1}"""));

        var bodies = server.Requests.Select(request => request.Body).ToArray();
        Assert.Contains("\"reasoning\":null", bodies[0]);
        Assert.Contains("\"text.verbosity\":null", bodies[0]);
        Assert.Contains("\"options.num_ctx\":null", bodies[1]);
        Assert.Contains("\"x\":null", bodies[1]);
    }

    [Fact]
    public async Task Whatever_the_bytes_are_no_translation_fails()
    {
        await using var server = await StubModelServer.StartAsync(_domain);

        // The stub streams nothing, so what asks for a stream fails: its circuit is to stay closed.
        await using var gateway = await GatewayHost.StartAsync(_domain, [server],
            ("Limits:RequestsPerMinute", "100000"), ("Limits:TenantRequestsPerMinute", "100000"), ("Resilience:FailuresToOpen", "1000"));
        (string Path, string Body)[] sound = [("/v1/completions", Completions), ("/v1/responses", Responses), ("/api/chat", OllamaChat), ("/api/generate", OllamaGenerate)];
        var mutated =
            from request in Gen.Elements(sound)
            from edits in (from at in Gen.Choose(0, request.Body.Length - 1) from to in Gen.Elements("\"{}[]:,0n\\\u00ff".ToCharArray()) select (at, to)).ArrayOf(2)
            select (request.Path, Body: edits.Aggregate(Encoding.Latin1.GetBytes(request.Body), (body, edit) =>
            {
                body[edit.at] = (byte)edit.to;
                return body;
            }));

        foreach (var (path, body) in mutated.Sample(400))
        {
            var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            using var answer = await gateway.Client.PostAsync(path, content);
            Assert.True((int)answer.StatusCode is 200 or 400 or 404 or 502, $"{(int)answer.StatusCode} for {Encoding.Latin1.GetString(body)}");
        }

        // What did arrive is JSON without a member twice, whatever was sent.
        foreach (var received in server.Requests)
            JsonDocument.Parse(received.Body, new JsonDocumentOptions { AllowDuplicateProperties = false }).Dispose();
    }

    internal static string Chunk(string content, string? finish = null) =>
        $$$"""data: {"id":"chatcmpl-req_1","object":"chat.completion.chunk","created":7,"model":"guide:v1","choices":[{"index":0,"delta":{"content":"{{{content}}}"},"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}}}]}""" + "\n\n";

    internal static string Usage(bool last = true) =>
        """data: {"id":"chatcmpl-req_1","object":"chat.completion.chunk","created":7,"model":"guide:v1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":2}}}""" + "\n\n" + (last ? StubModelServer.Done : "");

    private static async Task StreamAsync(Microsoft.AspNetCore.Http.HttpContext context)
    {
        StubModelServer.BeginStream(context);
        await StubModelServer.SendAsync(context, Chunk("") + Chunk("Hel"));
        await StubModelServer.SendAsync(context, Chunk("lo Hello") + Chunk("", "stop") + Usage());
    }
}
