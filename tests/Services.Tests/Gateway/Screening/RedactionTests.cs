using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Screening;

/// <summary>What may not be told is in no answer, in whichever way it is asked for, nor in a prompt where that is wanted.</summary>
public class RedactionTests
{
    private static readonly TestTrustDomain _domain = new();

    private static readonly (string, string)[] _answers =
    [
        ("Screening:Redaction:Answers:0", "email"), ("Screening:Redaction:Answers:1", "card"), ("Screening:Redaction:Answers:2", "staff"),
        ("Screening:Redaction:Patterns:staff:Regex", @"\bS-[0-9]{6}\b"),
    ];

    private static string Chunk(string delta, string finish = "null", int index = 0) =>
        "data: " + $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"guide:v1","choices":[{"index":{{index}},"delta":{{delta}},"finish_reason":{{finish}}}]}""" + "\n\n";

    private static string Text(string text) => Chunk($$"""{"content":{{JsonSerializer.Serialize(text)}}}""");

    private static async Task<StubModelServer> StreamingAsync(params string[] events)
    {
        var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            foreach (var sse in events)
                await StubModelServer.SendAsync(context, sse);
        };
        return server;
    }

    private static List<JsonElement> EventsOf(string sse) =>
        [.. sse.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => e != "data: [DONE]").Select(e => JsonElement.Parse(e["data: ".Length..]))];

    /// <summary>What a client puts together, of one choice.</summary>
    private static string TextOf(string sse, int index = 0) => string.Concat(EventsOf(sse).Where(e => e.TryGetProperty("choices", out _))
        .SelectMany(e => e.GetProperty("choices").EnumerateArray()).Where(c => c.GetProperty("index").GetInt32() == index)
        .Select(c => c.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : ""));

    [Fact]
    public async Task A_match_split_over_events_is_taken_out_and_all_else_comes_as_it_was()
    {
        await using var server = await StreamingAsync(Chunk("""{"role":"assistant","content":""}"""), Text("Mail "), Text("ann"), Text("@exa"), Text("mple."), Text("org or"),
            Text(" 4111"), Text(" 1111 1"), Text("111 1111"), Text(". \u2192 S-12"), Text("3456"), Chunk("{}", "\"stop\""), StubModelServer.UsageEvent, StubModelServer.Done);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], _answers);

        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        var sse = await answer.Content.ReadAsStringAsync();

        Assert.Equal("Mail [email] or [card]. \u2192 [staff]", TextOf(sse));
        Assert.EndsWith(StubModelServer.Done, sse, StringComparison.Ordinal);
        var events = EventsOf(sse);
        Assert.Equal("stop", events[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.All(events, e => Assert.Equal("chatcmpl-1", e.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Every_choice_has_a_text_of_its_own()
    {
        await using var server = await StreamingAsync(
            Chunk("""{"content":"ann"}"""), Chunk("""{"content":"bob"}""", index: 1), Chunk("""{"content":"@x.org"}"""), Chunk("""{"content":"@"}""", index: 1),
            Chunk("{}", "\"stop\""), Chunk("{}", "\"length\"", index: 1), StubModelServer.Done);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], _answers);

        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true, more: ",\"n\":2"));
        var sse = await answer.Content.ReadAsStringAsync();

        Assert.Equal(("[email]", "bob@"), (TextOf(sse), TextOf(sse, index: 1)));
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"broken\"}}\n\n", "broken")]
    [InlineData("garbage\n\n", "backend_invalid_response")]
    [InlineData(StubModelServer.Done, "[DONE]")]
    public async Task What_waits_goes_out_before_the_end_whatever_the_end_is(string last, string end)
    {
        await using var server = await StreamingAsync(Text("It is 4111 11"), last);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], _answers);

        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        var sse = await answer.Content.ReadAsStringAsync();

        Assert.Equal("It is 4111 11", TextOf(sse));
        Assert.True(sse.LastIndexOf("4111", StringComparison.Ordinal) < sse.IndexOf(end, StringComparison.Ordinal), sse);
    }

    [Fact]
    public async Task Arguments_of_tools_stay_JSON_and_log_probabilities_tell_nothing()
    {
        static string Call(string function, string more = "") => Chunk("{\"tool_calls\":[{\"index\":0," + more + "\"function\":{" + function + "}}]}");
        static string Arguments(string text) => Call("\"arguments\":" + JsonSerializer.Serialize(text));
        await using var server = await StreamingAsync(
            Chunk("""{"content":"to ann@x"}"""), Call("\"name\":\"mail\",\"arguments\":\"\"", "\"id\":\"call_1\",\"type\":\"function\","),
            Arguments("{\"to\":\"\\nann@ex"), Arguments("ample.org\",\"card\":41111111"), Arguments("11111111}"),
            Chunk("{}", "\"tool_calls\""), StubModelServer.Done);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], _answers);
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        var sse = await answer.Content.ReadAsStringAsync();

        // What waited of the text goes out before the call begins.
        Assert.Equal("to ann@x", TextOf(sse));
        Assert.True(sse.IndexOf("ann@x", StringComparison.Ordinal) < sse.IndexOf("call_1", StringComparison.Ordinal));
        var arguments = string.Concat(EventsOf(sse).SelectMany(e => e.GetProperty("choices").EnumerateArray())
            .Where(c => c.GetProperty("delta").TryGetProperty("tool_calls", out _))
            .Select(c => c.GetProperty("delta").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()));
        Assert.Equal("""{"to":"\u000a[email]","card":"[card]"}""", arguments);

        server.Answer = context => StubModelServer.AnswerAsync(context,
            """{"id":"c","choices":[{"index":0,"logprobs":{"content":[{"token":"ann@x.org","bytes":[97]}]},"message":{"content":"ann@x.org","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":\"ann@x.org\"}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""");
        using var whole = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(
            """{"id":"c","choices":[{"index":0,"logprobs":null,"message":{"content":"[email]","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":\"[email]\"}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""",
            await whole.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1/completions", """{"model":"guide","prompt":"Hi","stream":true}""")]
    [InlineData("/v1/responses", """{"model":"guide","input":"Hi","stream":true}""")]
    [InlineData("/api/chat", """{"model":"guide","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("/api/generate", """{"model":"guide","prompt":"Hi"}""")]
    public async Task No_protocol_tells_more_than_another(string path, string body)
    {
        await using var server = await StreamingAsync(Chunk("""{"role":"assistant","content":""}"""), Text("Ask ann@exam"), Text("ple.org"), Chunk("{}", "\"stop\""), StubModelServer.UsageEvent, StubModelServer.Done);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], _answers);

        using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("[email]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("exam", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ple.org", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tenants_and_models_add_to_what_is_taken_out_for_everybody_and_a_change_is_in_force_at_once()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("ann@x.org DE89370400440532013000 4111111111111111"));
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Screening:Redaction:Answers:0", "email"),
            ("Screening:Redaction:Tenants:dev:Answers:0", "iban"), ("Screening:Redaction:Tenants:other:Answers:0", "card"), ("Screening:Redaction:Models:other:Answers:0", "card"));
        var configuration = (IConfigurationRoot)gateway.Services.GetService(typeof(IConfiguration))!;

        Assert.Contains("\"[email] [iban] 4111111111111111\"", await AnswerAsync(), StringComparison.Ordinal);
        configuration["Screening:Redaction:Models:guide:Answers:0"] = "card";
        configuration.Reload();
        Assert.Contains("\"[email] [iban] [card]\"", await AnswerAsync(), StringComparison.Ordinal);
        configuration["Screening:Redaction:Models:guide:Answers:0"] = "none-such";
        configuration.Reload();
        Assert.Contains("\"[email] [iban] [card]\"", await AnswerAsync(), StringComparison.Ordinal);
        Assert.Contains(gateway.Logs.Lines, line => line.Contains("Screening:Redaction:Models:guide:Answers", StringComparison.Ordinal));

        async Task<string> AnswerAsync()
        {
            using var answer = await gateway.AskAsync(GatewayHost.Chat());
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task A_prompt_reaches_the_model_server_without_what_is_taken_out_of_requests()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Screening:Redaction:Requests:0", "card"));
        const string Body = """{"stream_options":{"include_usage":true},"messages":[{"role":"user","content":[{"type":"text","text":"pay 4111 1111 1111 1111"}]},{"role":"user","content":"é 4111111111111111"}],"user":"4111111111111111","model":"guide"}""";

        using var answer = await gateway.AskAsync(Body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Body.Replace("4111 1111 1111 1111", "[card]", StringComparison.Ordinal).Replace("é 4111111111111111", "é [card]", StringComparison.Ordinal), Assert.Single(server.Requests).Body);
        using var halves = await gateway.AskAsync(GatewayHost.Chat("\\ud800"));
        Assert.Equal(("invalid_json", "messages"), ((await GatewayHost.ErrorOf(halves, HttpStatusCode.BadRequest)) is var error ? error.Code : null, error.Param));
        using var vector = await gateway.Client.PostAsync("/v1/tokenize", GatewayHost.Json("""{"model":"guide","input":"4111111111111111"}"""));
        Assert.Equal("""{"model":"guide","input":"[card]"}""", server.Requests.Last().Body);
    }

    [Theory]
    [InlineData("Screening:Redaction:Answers:0", "phone", "Screening:Redaction:Answers")]
    [InlineData("Screening:Redaction:Tenants:acme:Requests:0", "phone", "Screening:Redaction:Tenants:acme:Requests")]
    [InlineData("Screening:Redaction:Patterns:own:Regex", "(?<=a)b", "Screening:Redaction:Patterns:own:Regex")]
    [InlineData("Screening:Redaction:Patterns:email:Regex", "a", "Screening:Redaction:Patterns:email:Regex")]
    [InlineData("Screening:Redaction:Patterns:Own:Regex", "a", "Screening:Redaction:Patterns:Own:Regex")]
    [InlineData("Screening:Redaction:TimeLimit", "00:00:00", "Screening:Redaction:TimeLimit")]
    public async Task What_can_not_be_done_stops_the_start_by_its_key(string key, string value, string named)
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayHost.StartAsync(_domain, [], (key, value)));

        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }
}
