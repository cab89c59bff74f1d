using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Requests;

namespace Zakenak.Services.Tests.Gateway;

public class ServerSentEventsTests
{
    /// <summary>Few letters and many line ends, so that every way to end an event, and nearly to end one, comes up.</summary>
    private static Gen<byte[]> Streams() => Gen.Elements((byte)'\n', (byte)'\r', (byte)'a').ListOf(12).Select(b => b.ToArray());

    private static int EndByRule(byte[] bytes)
    {
        var text = Encoding.ASCII.GetString(bytes);
        for (var end = 2; end <= text.Length; end++)
        {
            if (text[..end].EndsWith("\n\n", StringComparison.Ordinal) || text[..end].EndsWith("\n\r\n", StringComparison.Ordinal))
                return end;
        }

        return 0;
    }

    [Fact]
    public void However_bytes_arrive_an_event_ends_where_the_rule_says() => Prop.ForAll(Streams().ToArbitrary(), bytes =>
    {
        var expected = EndByRule(bytes);
        Assert.Equal(expected, ServerSentEvents.EndOfFirst(bytes, 0));

        // In two pieces, cut anywhere: what was scanned in the first is not looked at again, and nothing is missed.
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var early = ServerSentEvents.EndOfFirst(bytes.AsSpan(0, cut), 0);
            Assert.Equal(expected, early > 0 ? early : ServerSentEvents.EndOfFirst(bytes, cut));
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("data: {\"choices\":[{}]}\n\n", EventKind.Data)]
    [InlineData("data:{\"choices\":[{}]}\n\n", EventKind.Data)]
    [InlineData("data: [DONE]\n\n", EventKind.Done)]
    [InlineData("data: {\"error\":{}}\r\n\r\n", EventKind.Error)]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n", EventKind.Usage)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"\\\"choices\\\":[] \\\"usage\\\":{\"}}],\"usage\":null}\n\n", EventKind.Data)]
    [InlineData(": still there\n\n", EventKind.Comment)]
    [InlineData("\n\n", EventKind.Comment)]
    [InlineData("event: x\n\n", EventKind.Other)]
    [InlineData("event: x\ndata: y\n\n", EventKind.Garbage)]
    [InlineData(": there\r\ndata: {}\n\n", EventKind.Garbage)]
    [InlineData("data: 1\n\n", EventKind.Garbage)]
    [InlineData("data:\n\n", EventKind.Garbage)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", EventKind.Garbage)]
    internal void What_an_event_means_is_seen_from_its_bytes(string sse, EventKind kind) =>
        Assert.Equal(kind, ServerSentEvents.KindOf(Encoding.UTF8.GetBytes(sse)));

    [Theory]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":7}}", "length")]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n", "tool_calls")]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n", null)]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"\\\"finish_reason\\\":\\\"stop\\\"\"}}]}", null)]
    [InlineData("{\"finish_reason\":\"my secret\"}", null)]
    [InlineData("{\"finish_reason\":\"stop", null)]
    public void Why_an_answer_ended_is_one_of_a_few_words_and_never_the_models(string json, string? finish) =>
        Assert.Equal(finish, FinishReason.Find(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Tokens_known_from_before_are_part_of_the_prompts() => Assert.Equal(
        new TokenUsage(7, 3, 5),
        UsageTail.Read("{\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10,\"prompt_tokens_details\":{\"x\":[1],\"cached_tokens\":5}}}"u8));

    [Theory]
    [InlineData("{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}", 7, 3)]
    [InlineData("{\"usage\": {\"details\":{\"prompt_tokens\":1},\"completion_tokens\":3,\"prompt_tokens\":7} , \"x\":[]}", 7, 3)]
    [InlineData("{\"data\":[],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}", 7, 0)]
    public void Usage_is_found_at_the_end(string json, int input, int output) =>
        Assert.Equal(new TokenUsage(input, output), UsageTail.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"\\\"usage\\\":{\\\"prompt_tokens\\\":9,\\\"completion_tokens\\\":9}\"}}]}")]
    [InlineData("{\"usage\":null}")]
    [InlineData("{\"usage\":{\"prompt_tokens\":1}}")]
    [InlineData("{\"usage\":{\"prompt_tokens\":1e99,\"completion_tokens\":2}}")]
    public void What_a_model_wrote_or_left_out_is_no_usage(string json) => Assert.Null(UsageTail.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Any_bytes_are_taken_without_an_exception() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        UsageTail.Read([.. "{\"usage\":{"u8, .. bytes]);
        byte[] sse = [.. "data: {"u8, .. bytes, .. "\n\n"u8];
        ServerSentEvents.KindOf(sse);
    }).QuickCheckThrowOnFailure();
}
