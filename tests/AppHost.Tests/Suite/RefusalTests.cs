using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.Suite;

[Collection(nameof(SuiteTests))]
public sealed class RefusalTests(SuiteFixture suite)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_key_and_a_wrong_key_are_refused_alike()
    {
        using var none = new HttpClient { BaseAddress = suite.Edge };
        using var wrong = new HttpClient { BaseAddress = suite.Edge };
        wrong.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", suite.DevelopmentKey[..^1] + "~");

        foreach (var client in new[] { none, wrong })
        {
            using var response = await client.PostAsync("/v1/chat/completions", ChatStream.Request("Hi"), Cancelled);
            await AssertErrorAsync(response, HttpStatusCode.Unauthorized, "invalid_api_key");
        }
    }

    [Fact]
    public async Task An_oversized_body_is_refused()
    {
        using var client = suite.CreateClient();
        using var response = await client.PostAsync("/v1/chat/completions", ChatStream.Request(new string('x', 4 << 20)), Cancelled);
        await AssertErrorAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("{\"model\":", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("model=guide", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("{\"model\":\"guide:v1\"}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"model\":\"nobody:v9\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "application/json", HttpStatusCode.NotFound)]
    public async Task A_request_that_is_wrong_is_refused_in_the_shape_of_OpenAI(string body, string contentType, HttpStatusCode expected)
    {
        using var client = suite.CreateClient();
        using var response = await client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, contentType), Cancelled);
        await AssertErrorAsync(response, expected);
    }

    [Fact]
    public async Task A_feature_of_another_tenants_customer_is_refused()
    {
        using var client = suite.CreateClient();
        var features = JsonNode.Parse("""{"features":{"entity":{"customer":"99"},"refs":["customer:tier"]}}""")!;
        using var response = await client.PostAsync(
            "/v1/chat/completions", ChatStream.Request("Hi", extra: new JsonObject { ["zakenak"] = features }), Cancelled);
        await AssertErrorAsync(response, HttpStatusCode.Forbidden, "feature_not_granted");
    }

    [Fact]
    public async Task The_model_server_speaks_to_nobody_without_a_certificate()
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var client = new HttpClient(handler) { BaseAddress = suite.App.GetEndpoint("model-server", "https") };

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/v1/models", Cancelled));
    }

    [Fact]
    public async Task Health_and_metrics_are_not_served_at_the_edge()
    {
        using var client = suite.CreateClient();
        foreach (var path in new[] { "/metrics", "/healthz", "/livez" })
        {
            using var response = await client.GetAsync(path, Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    private static async Task AssertErrorAsync(HttpResponseMessage response, HttpStatusCode status, string? code = null)
    {
        Assert.Equal(status, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancelled))!["error"]!;
        Assert.False(string.IsNullOrEmpty((string?)error["message"]));
        Assert.False(string.IsNullOrEmpty((string?)error["code"]));
        if (code is not null)
        {
            Assert.Equal(code, (string?)error["code"]);
        }
    }
}
