using System.Globalization;
using System.Net;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>A model server that counts wrongly can't take more from a tenant than was reserved, and spoils no other request.</summary>
public class LyingUsageTests
{
    private const int Limit = 20_000;
    private const int Huge = int.MaxValue;

    private static readonly TestTrustDomain _domain = new();

    private static async Task<long> RemainingAsync(GatewayHost gateway)
    {
        using var answer = await gateway.Client.GetAsync("/v1/models");
        return long.Parse(Assert.Single(answer.Headers.GetValues("x-ratelimit-remaining-tokens")), CultureInfo.InvariantCulture);
    }

    /// <summary>A minute after the last was settled, which may happen a moment after its answer.</summary>
    private static Task AllIsFreeAfterAMinuteAsync(GatewayHost gateway, SteppedClock clock) => GatewayHost.Until(() =>
    {
        clock.Advance(TimeSpan.FromSeconds(61));
        return RemainingAsync(gateway).Result == Limit;
    });

    private static Task<GatewayHost> StartAsync(StubModelServer server, SteppedClock clock) => GatewayHost.StartAsync(_domain, [server], clock,
        ("Limits:TokensPerMinute", $"{Limit}"), ("Limits:DefaultMaxTokens", "50"), ("Limits:UsageTimeout", "00:00:00.050"), ("Resilience:FailuresToOpen", "1000"));

    [Theory]
    [InlineData("\"prompt_tokens\":2147483647,\"completion_tokens\":2147483647")]
    [InlineData("\"prompt_tokens\":2147483647,\"completion_tokens\":0")]
    [InlineData("\"prompt_tokens\":1,\"completion_tokens\":2147483647")]
    [InlineData("\"prompt_tokens\":99999999999999999999,\"completion_tokens\":1")]
    [InlineData("\"prompt_tokens\":-2147483648,\"completion_tokens\":1")]
    [InlineData("\"prompt_tokens\":1,\"completion_tokens\":-1,\"total_tokens\":0")]
    [InlineData("\"prompt_tokens\":5,\"total_tokens\":-2147483648")]
    [InlineData("\"prompt_tokens\":\"7\",\"completion_tokens\":{}")]
    public async Task Usage_beyond_reason_counts_as_what_was_reserved_and_teaches_nothing(string usage)
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, clock);
        server.UsageOf = _ => (Huge, Huge);
        var left = (long)Limit;
        foreach (var stream in new[] { false, true })
        {
            server.Answer = async context =>
            {
                var event_ = "\"choices\":[],\"usage\":{" + usage + "}}";
                if (!stream)
                {
                    await StubModelServer.AnswerAsync(context, "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"}}],\"usage\":{" + usage + "}}");
                    return;
                }

                StubModelServer.BeginStream(context);
                await StubModelServer.SendAsync(context, StubModelServer.Event("a") + "data: {" + event_ + "\n\n" + StubModelServer.Done);
            };

            // More often than it takes to learn what prompts take.
            for (var i = 0; i < 20; i++)
            {
                using (var answer = await gateway.AskAsync(GatewayHost.Chat(stream: stream)))
                {
                    Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                    await answer.Content.ReadAsStringAsync();
                }

                var reserved = TokenLimitsTests.GrantOf(server.Requests.Last().Headers).MaxTokens!.Value;
                Assert.InRange(reserved, 50, 300);
                left -= reserved;
                await GatewayHost.Until(() => RemainingAsync(gateway).Result == left);
            }
        }

        await AllIsFreeAfterAMinuteAsync(gateway, clock);
        Assert.DoesNotContain(gateway.Logs.Lines, line => line.Contains("tokens_in=2147483647", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_that_names_a_huge_prompt_costs_its_own_request_and_no_other()
    {
        var clock = new SteppedClock();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, clock);
        foreach (var count in new[] { "2147483647", "19000", "0", "-1", "much" })
        {
            server.Answer = context =>
            {
                context.Response.Headers[HeaderNames.PromptTokens] = count;
                context.Response.Headers[HeaderNames.UsedTokens] = count;
                return StubModelServer.AnswerAsync(context, """{"error":{"message":"m","type":"t","param":null,"code":"c"}}""", 413);
            };
            for (var i = 0; i < 20; i++)
            {
                using var answer = await gateway.AskAsync(GatewayHost.Chat());
                Assert.False(answer.IsSuccessStatusCode);
                await answer.Content.ReadAsByteArrayAsync();
                clock.Advance(TimeSpan.FromSeconds(61));
            }

            await AllIsFreeAfterAMinuteAsync(gateway, clock);
            server.Answer = context => StubModelServer.AnswerAsync(context, StubModelServer.Completion("well"));
            var parallel = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => gateway.AskAsync(GatewayHost.Chat())));
            Assert.All(parallel, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            await GatewayHost.Until(() => RemainingAsync(gateway).Result == Limit - (10 * 10));
            await AllIsFreeAfterAMinuteAsync(gateway, clock);
            foreach (var answer in parallel)
                answer.Dispose();
        }
    }
}
