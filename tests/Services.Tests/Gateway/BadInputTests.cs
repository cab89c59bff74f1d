using System.Diagnostics;
using System.Net;
using System.Text;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ModelServer;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>What no client should send, sent through the gateway to a model server: refused at once, by the parameter's name.</summary>
public class BadInputTests
{
    /// <summary>Far above what any of these takes, far below what one that is not bounded would.</summary>
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Whatever_is_wrong_is_a_400_that_names_the_parameter_in_bounded_time()
    {
        var backend = new FakeBackend();
        await using var server = await TestModelServer.StartAsync(backend);
        await using var gateway = await StartAsync(server);
        (string Members, string Param)[] cases =
        [
            ("\"temperature\":\"hot\"", "temperature"),
            ("\"top_p\":[]", "top_p"),
            ("\"max_tokens\":1e99", "max_tokens"),
            ("\"max_tokens\":999999999999999999999999", "max_tokens"),
            ("\"max_tokens\":2147483647", "max_tokens"),
            ("\"max_completion_tokens\":500000", "max_completion_tokens"),
            ("\"temperature\":1e400", "temperature"),
            ("\"temperature\":-1", "temperature"),
            ("\"top_p\":NaN", "top_p"),
            ("\"seed\":1.5", "seed"),
            ("\"logprobs\":1", "logprobs"),
            ("\"top_logprobs\":21", "top_logprobs"),
            ("\"tool_choice\":[]", "tool_choice"),
            ("\"user\":\"a\",\"user\":\"a\"", "user"),
            ("\"x\":1,\"x\":1", "x"),
            ("\"response_format\":{\"type\":\"text\",\"t\\u0079pe\":\"text\"}", "response_format"),
            ("\"n\":2147483647", "n"),
            ("\"n\":{}", "n"),
            ("\"seed\":" + new string('9', 100_000), "seed"),
            ("\"stop\":[" + Repeat(10_000, i => $"\"s{i}\"") + "]", "stop"),
            ("\"stop\":\"" + new string('s', 100_000) + "\"", "stop"),
            ("\"logit_bias\":{" + Repeat(50_000, i => $"\"{i}\":1") + "}", "logit_bias"),
            ("\"tools\":[" + Repeat(10_000, i => $$$"""{"type":"function","function":{"name":"f{{{i}}}"}}""") + "]", "tools"),
            ("\"stream\":\"yes\"", "stream"),
            ("\"stream_options\":7", "stream_options"),
            ("\"zakenak\":{\"priority\":\"highest\"}", "zakenak.priority"),
            (Schema("{\"not\":{}}"), "response_format.json_schema.schema/not"),
            (Schema(string.Concat(Enumerable.Repeat("{\"items\":", 10_000)) + "{}" + new string('}', 10_000)), "response_format"),
            (Schema("{\"enum\":[" + Repeat(100_000, i => $"{i}") + "]}"), "response_format.json_schema.schema/enum"),
            (Schema("{\"$ref\":\"#\"}"), "response_format.json_schema.schema"),
            (Schema("{\"anyOf\":[{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"}]}}}"), "response_format.json_schema.schema"),
            (Schema("{\"type\":\"string\",\"pattern\":\"" + new string('(', 5000) + "a" + string.Concat(Enumerable.Repeat("+)+", 5000)) + "\"}"), "response_format.json_schema.schema"),
            ("\"user\":\"\\udc00\",\"x\":1,\"stop\":[\"\\ud800\"]", "stop[0]"),
            ("\"stop\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "stop"),
        ];
        var tokenized = backend.Tokenized;

        foreach (var (members, param) in cases)
        {
            await Eventually.OnceWithinAsync(_bound, async () =>
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await gateway.AskAsync(GatewayHost.Chat(more: "," + members));
                var error = await GatewayHost.ErrorOf(answer, HttpStatusCode.BadRequest);
                var took = Stopwatch.GetElapsedTime(start);
                Assert.True(error.Param?.StartsWith(param, StringComparison.Ordinal), $"{error.Param} is named for {members[..Math.Min(60, members.Length)]}: {error.Message}");
                return took;
            });
        }

        Assert.Equal(tokenized, backend.Tokenized);
        using var sound = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.OK, sound.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_told_by_the_parameter_that_holds_them()
    {
        await using var server = await TestModelServer.StartAsync(new FakeBackend());
        await using var gateway = await StartAsync(server);
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(GatewayHost.Chat(more: ",\"stop\":\"\u00e9\"")));
        content.Headers.ContentType = new("application/json");

        using var answer = await gateway.Client.PostAsync("/v1/chat/completions", content);

        Assert.Equal("stop", (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadRequest)).Param);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]")]
    [InlineData("/v1/embeddings", "\"input\":\"Hi\"")]
    [InlineData("/v1/tokenize", "\"input\":\"Hi\"")]
    public async Task An_unknown_parameter_is_told_in_a_header_and_refused_in_strict_mode(string path, string content)
    {
        var body = $$"""{"model":"guide",{{content}},"temprature":1,"what\u00e9":2}""";
        await using var lenient = await TestModelServer.StartAsync(new FakeBackend());
        await using (var gateway = await StartAsync(lenient))
        {
            using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("temprature,what?", Assert.Single(answer.Headers.GetValues(HeaderNames.IgnoredParameters)));
        }

        await using var strict = await TestModelServer.StartAsync(new FakeBackend(), ("Completions:RefuseUnknownParameters", "true"));
        await using (var gateway = await StartAsync(strict))
        {
            using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));
            var error = await GatewayHost.ErrorOf(answer, HttpStatusCode.BadRequest);
            Assert.Equal(("unknown_parameter", "temprature"), (error.Code, error.Param));
        }
    }

    private static async Task<GatewayHost> StartAsync(TestModelServer server)
    {
        var gateway = await GatewayHost.StartAsync(TestModelServer.Domain, [], ("ModelServers:Urls:0", server.Client.BaseAddress!.ToString()));
        await GatewayHost.Until(() => gateway.Client.GetStringAsync("/v1/models").GetAwaiter().GetResult().Contains("guide:v1", StringComparison.Ordinal));
        return gateway;
    }

    private static string Schema(string schema) =>
        $$$"""
        "response_format":{"type":"json_schema","json_schema":{"name":"bomb","schema":{{{schema}}}}}
        """;

    private static string Repeat(int count, Func<int, string> item) => string.Join(',', Enumerable.Range(0, count).Select(item));
}
