using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Limits;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Tokens, from a client's request to the model server's grant and back.</summary>
public class TokenLimitsTests
{
    private static readonly TestTrustDomain _domain = new();

    internal static Grant GrantOf(IReadOnlyDictionary<string, string> headers) =>
        JsonSerializer.Deserialize<Grant>(Base64Url.DecodeFromChars(headers[HeaderNames.Grant].Split('.')[1]))!;

    internal static string Completion(int input, int output) =>
        StubModelServer.Completion("a")
            .Replace("\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10", $"\"prompt_tokens\":{input},\"completion_tokens\":{output},\"total_tokens\":{input + output}", StringComparison.Ordinal);

    private static long Remaining(HttpResponseMessage answer) =>
        long.Parse(Assert.Single(answer.Headers.GetValues("x-ratelimit-remaining-tokens")), CultureInfo.InvariantCulture);

    private static async Task<long> RemainingAsync(GatewayHost gateway)
    {
        using var answer = await gateway.Client.GetAsync("/v1/models");
        return Remaining(answer);
    }

    private static Task Bad(HttpContext context, int status) =>
        StubModelServer.AnswerAsync(context, """{"error":{"message":"m","type":"t","param":null,"code":"c"}}""", status);

    [Fact]
    public async Task The_bound_travels_in_the_grant_and_the_usage_settles_it()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "10000"), ("Limits:DefaultMaxTokens", "50"));
        var body = GatewayHost.Chat(more: ",\"max_tokens\":20,\"n\":3");
        using var answer = await gateway.AskAsync(body);
        var grant = GrantOf(server.Requests.Last().Headers);
        Assert.Equal(20, grant.MaxCompletionTokens);
        Assert.Equal(body.Length + 64 + (3 * 20), grant.MaxTokens);
        Assert.Equal(10000 - grant.MaxTokens!.Value, Remaining(answer));
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 10000 - 10);

        using var unbounded = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(50, GrantOf(server.Requests.Last().Headers).MaxCompletionTokens);
        Assert.Equal(GatewayHost.Chat().Length + 64 + 50, GrantOf(server.Requests.Last().Headers).MaxTokens);
    }

    [Fact]
    public async Task Both_conventions_say_what_is_left_on_every_answer()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "10000"), ("Limits:RequestsPerMinute", "3"));
        foreach (var (body, requests) in new[] { (GatewayHost.Chat(), 2), ("nothing", 1), (GatewayHost.Chat(model: "x"), 0), (GatewayHost.Chat(), 0) })
        {
            using var answer = await gateway.AskAsync(body);
            Assert.Equal("10000", Assert.Single(answer.Headers.GetValues("x-ratelimit-limit-tokens")));
            Assert.Matches("^[0-9]+(ms|s)$", Assert.Single(answer.Headers.GetValues("x-ratelimit-reset-tokens")));
            Assert.Equal("\"requests\";q=3;w=60, \"tokens\";q=10000;w=60;qu=\"tokens\"", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
            Assert.Matches($"^\"requests\";r={requests};t=[0-9]+, \"tokens\";r={Remaining(answer)};t=[0-9]+$", Assert.Single(answer.Headers.GetValues("RateLimit")));
        }
    }

    [Fact]
    public async Task What_does_not_fit_is_429_of_type_tokens_and_never_forwarded()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context, Completion(100, 300));
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "800"), ("Limits:DefaultMaxTokens", "300"));
        using var never = await gateway.AskAsync(GatewayHost.Chat(more: ",\"max_completion_tokens\":790"));
        Assert.Equal(("tokens", "rate_limit_exceeded"), await KindOf(never));
        Assert.Null(never.Headers.RetryAfter);
        using var first = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 400);
        using var second = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(("tokens", "rate_limit_exceeded"), await KindOf(second));
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 61);
        Assert.Single(server.Requests);

        static async Task<(string, string?)> KindOf(HttpResponseMessage answer)
        {
            var error = await GatewayHost.ErrorOf(answer, HttpStatusCode.TooManyRequests);
            return (error.Type, error.Code);
        }
    }

    [Theory]
    [InlineData("\"max_completion_tokens\":2147483647,\"n\":128", "max_completion_tokens")]
    [InlineData("\"max_tokens\":2147483647", "max_tokens")]
    [InlineData("\"max_tokens\":7,\"max_completion_tokens\":1001", "max_completion_tokens")]
    [InlineData("\"max_tokens\":500,\"n\":3", "n")]
    public async Task A_parameter_that_alone_asks_for_more_than_any_minute_has_is_named(string members, string param)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "1000"));

        using var answer = await gateway.AskAsync(GatewayHost.Chat(more: "," + members));

        var error = await GatewayHost.ErrorOf(answer, HttpStatusCode.BadRequest);
        Assert.Equal(("invalid_value", param), (error.Code, error.Param));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_prompt_over_the_bound_is_reserved_again_by_the_model_servers_count()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var prompt = 500;
        server.Answer = context =>
        {
            if (GrantOf(server.Requests.Last().Headers).MaxTokens >= prompt + 10)
                return StubModelServer.AnswerAsync(context, Completion(prompt, 10));
            context.Response.Headers[HeaderNames.PromptTokens] = prompt.ToString(CultureInfo.InvariantCulture);
            return Bad(context, 413);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "1000"));
        using var answer = await gateway.AskAsync(GatewayHost.Chat(more: ",\"max_tokens\":10"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(510, GrantOf(server.Requests.Last().Headers).MaxTokens);
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 490);

        // The count that does not fit is refused, and one that grows with each try is not chased.
        using var refused = await gateway.AskAsync(GatewayHost.Chat(more: ",\"max_tokens\":10"));
        Assert.Equal("tokens", (await GatewayHost.ErrorOf(refused, HttpStatusCode.TooManyRequests)).Type);
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 490);
        server.Answer = context =>
        {
            context.Response.Headers[HeaderNames.PromptTokens] = (GrantOf(server.Requests.Last().Headers).MaxTokens + 1).ToString();
            return Bad(context, 413);
        };
        using var grows = await gateway.AskAsync(GatewayHost.Chat(more: ",\"max_tokens\":10"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, grows.StatusCode);
        Assert.Equal(5, server.Requests.Count);
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 490);
    }

    [Fact]
    public async Task Refusals_before_any_work_give_back_and_deaths_count_in_full()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "100000"), ("Limits:UsageTimeout", "00:00:00.100"));
        foreach (var status in new[] { 400, 429, 500, 503 })
        {
            server.Answer = context =>
            {
                if (status >= 500)
                    context.Response.Headers[HeaderNames.UsedTokens] = "0";
                return Bad(context, status);
            };
            using var refused = await gateway.AskAsync(GatewayHost.Chat());
            Assert.Equal(status, (int)refused.StatusCode);
            await GatewayHost.Until(() => RemainingAsync(gateway).Result == 100000);
        }

        // One that fails half way says what that took.
        var left = 100000L - 31;
        server.Answer = context =>
        {
            context.Response.Headers[HeaderNames.UsedTokens] = "31";
            return Bad(context, 503);
        };
        using (await gateway.AskAsync(GatewayHost.Chat()))
            await GatewayHost.Until(() => RemainingAsync(gateway).Result == left);
        await CountsInFull(context => Bad(context, 500));
        await CountsInFull(StubModelServer.DieAsync);
        await CountsInFull(context => StubModelServer.AnswerAsync(context, "garbage"));
        await CountsInFull(context => StubModelServer.AnswerAsync(context, Completion(-5000, 1)), stream: false);
        await CountsInFull(async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await StubModelServer.DieAsync(context);
        });

        async Task CountsInFull(Func<HttpContext, Task> answer, bool stream = true)
        {
            server.Answer = answer;
            using var refused = await gateway.AskAsync(GatewayHost.Chat(stream: stream));
            await refused.Content.ReadAsByteArrayAsync();
            left -= GrantOf(server.Requests.Last().Headers).MaxTokens!.Value;
            await GatewayHost.Until(() => RemainingAsync(gateway).Result == left);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_vanishes_pays_what_was_made_for_it_and_all_that_was_reserved_only_where_nobody_knows(bool known)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Limits:TokensPerMinute", "100000"), ("Limits:UsageTimeout", known ? "00:00:30" : "00:00:00.100"));
        var (gone, asked) = (new TaskCompletionSource(), 0);
        server.UsageOf = id => known && id == GrantOf(server.Requests.Last().Headers).RequestId && Interlocked.Increment(ref asked) > 2 ? (7, 4) : null;
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => gone.SetResult(), TaskScheduler.Default);
        };
        using (var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true)))
            await answer.Content.ReadAsStreamAsync();
        await gone.Task;
        var used = known ? 11 : GrantOf(server.Requests.Last().Headers).MaxTokens!.Value;
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 100000 - used);
    }

    [Fact]
    public async Task Limits_of_a_changed_configuration_are_in_force_at_once_and_wrong_ones_never()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        Change("Limits:TokensPerMinute", "777");
        Assert.Equal(777, await RemainingAsync(gateway));
        Change("Limits:TokensPerMinute", "-1");
        Assert.Equal(777, await RemainingAsync(gateway));
        Assert.Contains(gateway.Logs.Lines, line => line.Contains("Limits:TokensPerMinute", StringComparison.Ordinal));

        void Change(string key, string value)
        {
            var configuration = (IConfigurationRoot)gateway.Services.GetRequiredService<IConfiguration>();
            configuration[key] = value;
            configuration.Reload();
        }
    }

    [Fact]
    public async Task Nothing_is_held_of_a_request_that_reached_nobody()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Limits:TokensPerMinute", "1000"));
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await GatewayHost.Until(() => RemainingAsync(gateway).Result == 1000);
        Assert.NotNull(gateway.Services.GetRequiredService<RequestLimiter>());
    }
}
