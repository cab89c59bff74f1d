using System.Text.Json;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Protocols;

public class ResponsesTests
{
    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task A_request_becomes_a_chat()
    {
        const string Body = """
            {"model":"guide","instructions":"Be short.","max_output_tokens":9,"temperature":0.5,"store":false,"truncation":"disabled","include":[],
             "input":[{"role":"user","content":"Hi"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Ho","annotations":[]}]},
              {"type":"function_call","id":"fc_1","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"b","name":"f","arguments":"{}"},
              {"type":"function_call_output","call_id":"a","output":"1"},{"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"2"}]}],
             "tools":[{"type":"function","name":"f","description":"D","parameters":{"type":"object"},"strict":true}],"tool_choice":{"type":"function","name":"f"},
             "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}}
            """;
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        await gateway.Client.PostAsync("/v1/responses", GatewayHost.Json(Body));

        const string Expected = """
            {"model":"guide","temperature":0.5,"max_completion_tokens":9,
             "messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Hi"},
              {"role":"assistant","content":[{"type":"text","text":"Ho"}],"tool_calls":[
               {"type":"function","id":"a","function":{"name":"f","arguments":"{}"}},{"type":"function","id":"b","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"}]}],
             "tools":[{"type":"function","function":{"name":"f","description":"D","parameters":{"type":"object"},"strict":true}}],
             "tool_choice":{"type":"function","function":{"name":"f"}},
             "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}}
            """;
        using var expected = JsonDocument.Parse(Expected);
        using var sent = JsonDocument.Parse(Assert.Single(server.Requests).Body);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, sent.RootElement), sent.RootElement.ToString());
    }

    [Theory]
    [InlineData("stop", "completed")]
    [InlineData("length", "incomplete")]
    public async Task Text_and_calls_come_as_typed_events_that_are_numbered_and_add_up(string finish, string status)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, ProtocolsTests.Chunk("") + ProtocolsTests.Chunk("Hel") + ProtocolsTests.Chunk("lo \\\"you\\\""));
            await StubModelServer.SendAsync(context, Call("""{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}""") + Call("""{"index":0,"function":{"arguments":"{\"a\""}}"""));
            await StubModelServer.SendAsync(context, Call("""{"index":0,"function":{"arguments":":1}"}}""") + Call("""{"index":1,"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}"""));
            await StubModelServer.SendAsync(context, ProtocolsTests.Chunk("", finish) + ProtocolsTests.Usage());
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var answer = await gateway.Client.PostAsync("/v1/responses", GatewayHost.Json("""{"model":"guide","input":"Hi","instructions":"I","stream":true}"""));
        var events = Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
        [
            "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
            "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.delta",
            "response.function_call_arguments.done", "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done",
            $"response.{status}",
        ], events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.GetProperty("sequence_number").GetInt32()));
        Assert.Equal("Hello \"you\"", string.Concat(events.Where(e => e.GetProperty("type").GetString() == "response.output_text.delta").Select(e => e.GetProperty("delta").GetString())));
        var response = events[^1].GetProperty("response");
        Assert.Equal(status, response.GetProperty("status").GetString());
        Assert.Equal("resp_req_1", response.GetProperty("id").GetString());
        Assert.Equal("I", response.GetProperty("instructions").GetString());
        var output = response.GetProperty("output");
        Assert.Equal("Hello \"you\"", output[0].GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(("call_1", "f", "{\"a\":1}"), (output[1].GetProperty("call_id").GetString(), output[1].GetProperty("name").GetString(), output[1].GetProperty("arguments").GetString()));
        Assert.Equal(("call_2", "g", "{}"), (output[2].GetProperty("call_id").GetString(), output[2].GetProperty("name").GetString(), output[2].GetProperty("arguments").GetString()));
        Assert.Equal((7, 2, 3), (Number("input_tokens"), response.GetProperty("usage").GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32(), Number("output_tokens")));

        int Number(string name) => response.GetProperty("usage").GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Each_event_is_sent_before_the_next_is_there()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        using var next = new SemaphoreSlim(0);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            for (var i = 0; i < 5; i++)
            {
                await StubModelServer.SendAsync(context, ProtocolsTests.Chunk($"t{i}"));
                Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(60)), "The gateway held an event back.");
            }

            await StubModelServer.SendAsync(context, ProtocolsTests.Usage());
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses") { Content = GatewayHost.Json("""{"model":"guide","input":"Hi","stream":true}""") };
        using var answer = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var i = 0; i < 5; i++)
        {
            string? line;
            do
                line = await reader.ReadLineAsync();
            while (line?.Contains($"\"delta\":\"t{i}\"", StringComparison.Ordinal) == false);
            Assert.NotNull(line);
            next.Release();
        }

        Assert.Contains("response.completed", await reader.ReadToEndAsync());
    }

    private static string Call(string call) =>
        $$$"""data: {"id":"chatcmpl-req_1","object":"chat.completion.chunk","created":7,"model":"guide:v1","choices":[{"index":0,"delta":{"tool_calls":[{{{call}}}]},"finish_reason":null}]}""" + "\n\n";

    private static List<JsonElement> Parse(string stream) =>
    [
        .. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e =>
        {
            var lines = e.Split('\n');
            var data = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
            Assert.Equal("event: " + data.GetProperty("type").GetString(), lines[0]);
            return data;
        }),
    ];
}
