using System.Text.Json;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Protocols;

public class OllamaTests
{
    private static readonly TestTrustDomain _domain = new();

    [Theory]
    [InlineData("/api/chat", """
        {"model":"guide:latest","stream":false,"think":false,"keep_alive":"5m","format":{"type":"object"},
         "options":{"temperature":0,"repeat_penalty":1.1,"num_predict":7,"stop":["x"]},
         "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":"\u00fc"}}},{"function":{"name":"g","arguments":{}}}]},
          {"role":"tool","tool_name":"g","content":"1"},{"role":"tool","content":"2"}]}
        """, """
        {"model":"guide","temperature":0,"repetition_penalty":1.1,"max_tokens":7,"stop":["x"],
         "response_format":{"type":"json_schema","json_schema":{"name":"format","schema":{"type":"object"}}},
         "messages":[{"role":"user","content":"Hi"},
          {"role":"assistant","content":"","tool_calls":[{"id":"call_0","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\u00fc\"}"}},{"id":"call_1","type":"function","function":{"name":"g","arguments":"{}"}}]},
          {"role":"tool","content":"1","tool_call_id":"call_1"},{"role":"tool","content":"2","tool_call_id":"call_0"}]}
        """)]
    [InlineData("/api/generate", """{"model":"guide","prompt":"Hi","system":"S","format":"json","raw":false,"context":[],"options":{"num_predict":-1,"stop":[]}}""",
        """{"model":"guide","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}],"response_format":{"type":"json_object"},"stop":[]}""")]
    public async Task A_request_becomes_a_chat(string path, string body, string expected)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        await gateway.Client.PostAsync(path, GatewayHost.Json(body));

        using var chat = JsonDocument.Parse(expected);
        using var sent = JsonDocument.Parse(Assert.Single(server.Requests).Body);
        Assert.True(JsonElement.DeepEquals(chat.RootElement, sent.RootElement), sent.RootElement.ToString());
    }

    [Fact]
    public async Task A_stream_is_a_document_a_line_with_calls_whole()
    {
        const string Head = """data: {"id":"chatcmpl-req_1","created":7,"model":"guide:v1","choices":[{"index":0,"delta":""";
        const string Tail = ""","finish_reason":null}]}""" + "\n\n";
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, ProtocolsTests.Chunk("") + ProtocolsTests.Chunk("Hi\\n"));
            await StubModelServer.SendAsync(context, Head + """{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":"{\"a\""}}]}""" + Tail);
            await StubModelServer.SendAsync(context, Head + """{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}""" + Tail);
            await StubModelServer.SendAsync(context, ProtocolsTests.Chunk("", "tool_calls") + ProtocolsTests.Usage());
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var answer = await gateway.Client.PostAsync("/api/chat", GatewayHost.Json("""{"model":"guide","messages":[{"role":"user","content":"Hi"}]}"""));

        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["Hi\n", "", ""], lines.Select(line => line.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal("""[{"function":{"name":"f","arguments":{"a":1}}}]""", lines[1].GetProperty("message").GetProperty("tool_calls").GetRawText());
        Assert.Equal([false, false, true], lines.Select(line => line.GetProperty("done").GetBoolean()));
        Assert.Equal(("stop", 7, 3), (lines[2].GetProperty("done_reason").GetString(), lines[2].GetProperty("prompt_eval_count").GetInt32(), lines[2].GetProperty("eval_count").GetInt32()));
        Assert.True(lines[2].GetProperty("total_duration").GetInt64() >= lines[2].GetProperty("prompt_eval_duration").GetInt64());
    }

    [Fact]
    public async Task Embeddings_models_and_version_are_told_in_its_words()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context,
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.6,0.8]},{"object":"embedding","index":1,"embedding":[1,0]}],"model":"guide:v1","usage":{"prompt_tokens":7,"total_tokens":7}}""");
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        var embedded = await (await gateway.Client.PostAsync("/api/embed", GatewayHost.Json("""{"model":"guide","input":["a","b"],"truncate":true}"""))).Content.ReadAsStringAsync();
        var tags = await gateway.Client.GetStringAsync("/api/tags");
        var shown = await (await gateway.Client.PostAsync("/api/show", GatewayHost.Json("""{"model":"guide"}"""))).Content.ReadAsStringAsync();

        Assert.Contains("\"embeddings\":[[0.6,0.8],[1,0]]", embedded);
        Assert.Contains("\"prompt_eval_count\":7", embedded);
        Assert.Contains("\"name\":\"guide:v1\"", tags);
        Assert.Contains($"\"digest\":\"{StubModelServer.Digest["sha256:".Length..]}\"", tags);
        Assert.Contains("\"zakenak.stage\":\"Approved\"", shown);
        Assert.Matches("^\\{\"version\":\"[0-9.]+\"\\}$", await gateway.Client.GetStringAsync("/api/version"));
    }
}
