using System.Net;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class CallerTests
{
    [Fact]
    public async Task Every_answer_says_how_busy_the_engine_is()
    {
        await using var server = await StartAsync(new FakeBackend());
        using var answer = await server.SendAsync(Body("hi"));
        using var list = await server.Client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken);
        foreach (var load in new[] { answer, list }.Select(a => Assert.Single(a.Headers.GetValues(HeaderNames.Load))))
        {
            Assert.True(LoadReport.TryParse(load, out var report), load);
            Assert.InRange(report.Slots, 1, 1000);
            Assert.InRange(report.Running + report.Queued, 0, 1);
        }
    }

    [Fact]
    public async Task Only_the_gateway_with_a_grant_for_this_model_is_answered()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);
        var warmUp = backend.Tokenized;

        // Who calls.
        using var proxy = server.CreateClient(Domain.CreateIdentity(ServiceNames.FeatureProxy));
        await RefusedAsync(proxy.SendAsync(Request(Body("hi"))), HttpStatusCode.Forbidden, "caller_not_allowed");
        await RefusedAsync(proxy.GetAsync("/v1/models"), HttpStatusCode.Forbidden, "caller_not_allowed");
        using var otherNamespace = server.CreateClient(Domain.CreateIdentity(ServiceNames.Gateway, "prod"));
        await Assert.ThrowsAsync<HttpRequestException>(() => otherNamespace.GetAsync("/v1/models"));
        using var otherDomain = server.CreateClient(TestTrustDomain.CreateIdentityOfAnotherDomain(Domain, ServiceNames.Gateway));
        await Assert.ThrowsAsync<HttpRequestException>(() => otherDomain.GetAsync("/v1/models"));

        // On whose behalf.
        using var without = Request(Body("hi"));
        without.Headers.Remove(HeaderNames.Grant);
        await RefusedAsync(server.Client.SendAsync(without), HttpStatusCode.Unauthorized, "grant_missing");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await RefusedAsync(server.SendAsync(Body("hi"), Mint(Grant() with { IssuedAt = now - 100, ExpiresAt = now - 40 })), HttpStatusCode.Unauthorized, "grant_expired");
        await RefusedAsync(server.SendAsync(Body("hi"), Mint(Grant(audience: ServiceNames.FeatureProxy))), HttpStatusCode.Forbidden, "grant_audience");
        await RefusedAsync(server.SendAsync(Body("hi"), Mint(Grant(model: "other:v1"))), HttpStatusCode.Forbidden, "grant_model_mismatch");
        var jws = Mint(Grant());
        await RefusedAsync(server.SendAsync(Body("hi"), jws[..^3] + (jws[^3] == 'A' ? 'B' : 'A') + jws[^2..]), HttpStatusCode.Unauthorized, "grant_signature_invalid");

        // Nothing of it came near the model.
        Assert.Equal(warmUp, backend.Tokenized);
        Assert.Equal("hi", (await server.AskAsync(Body("hi"), jws)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task The_granted_budget_is_enforced_before_any_work()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);
        var batches = backend.Batches.Count;

        // The prompt is 24 tokens.
        await RefusedAsync(server.SendAsync(Body("hello", ("max_tokens", 7)), Mint(Grant(maxTokens: 30))), HttpStatusCode.RequestEntityTooLarge, "token_budget_exceeded");
        await RefusedAsync(server.SendAsync(Body("hello"), Mint(Grant(maxTokens: 24))), HttpStatusCode.RequestEntityTooLarge, "token_budget_exceeded");
        Assert.Equal(batches, backend.Batches.Count);

        var bounded = await server.AskAsync(Body("hello"), Mint(Grant(maxTokens: 26)));
        Assert.Equal("length", bounded.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(26, bounded.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task A_prompt_over_the_budget_is_refused_with_its_count_and_an_answer_is_cut_at_its_own_bound()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);
        var batches = backend.Batches.Count;

        // The prompt is 24 tokens; the bound of an answer is what a request without one takes, and no request takes more.
        using var refused = await server.SendAsync(Body("hello"), Mint(Grant(maxTokens: 28) with { MaxCompletionTokens = 5 }));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("24", Assert.Single(refused.Headers.GetValues(HeaderNames.PromptTokens)));
        Assert.Equal(batches, backend.Batches.Count);
        foreach (var body in new[] { Body("hello"), Body("hello", ("max_tokens", 6)) })
        {
            var answer = await server.AskAsync(body, Mint(Grant(maxTokens: 40) with { MaxCompletionTokens = 3 }));
            Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.Equal(3, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }
    }

    internal static async Task RefusedAsync(Task<HttpResponseMessage> answer, HttpStatusCode status, string code)
    {
        using var response = await answer;
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {body}");
        Assert.Contains($"\"code\":\"{code}\"", body, StringComparison.Ordinal);
        Assert.StartsWith("{\"error\":{", body, StringComparison.Ordinal);
    }
}
