using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening.Answers;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Screening;

public class AnswerScreenTests
{
    private static readonly TestTrustDomain _domain = new();

    [Theory]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}""", true)]
    [InlineData("""{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"function":{}}]},"finish_reason":null}]}""", true)]
    [InlineData("""{"choices":[]}""", false)]
    [InlineData("""{"choices":{}}""", false)]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"a"}}],"choices":[{"index":0,"message":{}}]}""", false)]
    [InlineData("""{"choices":[{"index":0}]}""", false)]
    [InlineData("""{"choices":[{"message":{}}]}""", false)]
    [InlineData("""{"choices":[{"index":-1,"message":{}}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"message":{"content":7}}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"message":{"tool_calls":[{}]}}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"message":{},"finish_reason":1}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"message":{}}]} x""", false)]
    [InlineData("""{"choices":[{"index":0,"message":{}}]""", false)]
    [InlineData("<html>", false)]
    [InlineData("", false)]
    public void A_completion_has_what_clients_rely_on(string json, bool isOne) =>
        Assert.Equal(isOne, AnswerScreen.IsWhole(Encoding.UTF8.GetBytes(json), ApiRoute.Chat, refused: false));

    [Theory]
    [InlineData("embeddings", """{"data":[{"embedding":[0.5]},{"embedding":"AAAA"}]}""", true)]
    [InlineData("embeddings", """{"data":[{"embedding":7}]}""", false)]
    [InlineData("embeddings", """{"data":[[0.5]]}""", false)]
    [InlineData("tokenize", """{"tokens":[1,2]}""", true)]
    [InlineData("tokenize", """{"tokens":["a"]}""", false)]
    public void So_has_every_other_kind(string operation, string json, bool isOne) =>
        Assert.Equal(isOne, AnswerScreen.IsWhole(Encoding.UTF8.GetBytes(json), ApiRoute.All.Single(route => route.Operation == operation), refused: false));

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}""", EventKind.Data, true)]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""", EventKind.Data, false)]
    [InlineData("""{"id":"c","choices":[],"usage":{}}""", EventKind.Usage, false)]
    [InlineData("""{"choices":[]}""", EventKind.Garbage, false)]
    [InlineData("""{ "error" : {"message":"m"}}""", EventKind.Error, false)]
    [InlineData("""{"error":{}}""", EventKind.Garbage, false)]
    [InlineData("""{"error":"m"}""", EventKind.Garbage, false)]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"a"}}]}""", EventKind.Garbage, false)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":{}}}]}""", EventKind.Garbage, false)]
    [InlineData("""{"hello":1}""", EventKind.Garbage, false)]
    [InlineData("""{"choices":[{"index":0,"delta":{}}]}{}""", EventKind.Garbage, false)]
    internal void An_event_is_a_chunk_usage_or_an_error_or_it_is_none(string json, EventKind kind, bool hasText)
    {
        Assert.Equal(kind, AnswerScreen.Event(Encoding.UTF8.GetBytes(json), out var text));
        Assert.Equal(hasText, kind == EventKind.Data && text);
    }

    [Fact]
    public void Any_bytes_are_judged_without_an_exception() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        foreach (var json in new[] { bytes, [.. "{\"choices\":[{\"index\":0,\"delta\":{"u8, .. bytes], [.. "{\"error\":{\"message\":\""u8, .. bytes] })
        {
            AnswerScreen.Event(json, out _);
            AnswerScreen.IsWhole(json, ApiRoute.Chat, refused: false);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"choices":[{"message":{"content":"SECRET"}}]}""", 200)]
    [InlineData("""{"error":"SECRET at /var/lib/model.gguf"}""", 400)]
    [InlineData("SECRET stack trace", 500)]
    public async Task What_makes_no_sense_becomes_a_502_that_tells_nothing_of_it(string json, int status)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = context => StubModelServer.AnswerAsync(context, json, status);

        using var answer = await gateway.AskAsync(GatewayHost.Chat());

        Assert.Equal("backend_invalid_response", (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
        Assert.DoesNotContain("SECRET", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"message\":\"SECRET\"}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"SECRET\"\n\n")]
    [InlineData(": x\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"SECRET\"}}]}\n\n")]
    [InlineData("data: SECRET\n\n")]
    public async Task In_a_stream_it_becomes_an_error_event(string sse)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + sse + StubModelServer.Event("SECRET"));
        };

        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.StartsWith(StubModelServer.Event("a"), text, StringComparison.Ordinal);
        Assert.Contains("backend_invalid_response", text, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", text, StringComparison.Ordinal);
    }
}
