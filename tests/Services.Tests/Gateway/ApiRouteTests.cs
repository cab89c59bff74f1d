using System.Net;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class ApiRouteTests
{
    private const string Vectors = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.6,0.8]}],"model":"guide:v1","usage":{"prompt_tokens":7,"total_tokens":7}}""";
    private const string Tokens = """{"object":"list","model":"guide:v1","tokens":[1,2],"count":2,"max":512}""";

    private static readonly TestTrustDomain _domain = new();

    [Theory]
    [InlineData("/v1/embeddings", Vectors, "tokens_in=7 tokens_out=0")]
    [InlineData("/v1/tokenize", Tokens, "tokens_in= tokens_out= code=")]
    public async Task A_request_of_any_kind_takes_the_way_of_a_chat(string path, string answer, string logged)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = context => StubModelServer.AnswerAsync(context, answer);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        const string Body = """{"model":"guide","input":"SECRET-TEXT"}""";

        using var response = await gateway.Client.PostAsync(path, GatewayHost.Json(Body));

        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
        Assert.True(response.Headers.Contains("x-ratelimit-remaining-requests"));
        var received = Assert.Single(server.Requests);
        Assert.Equal((path, Body), (received.Path, received.Body));
        Assert.Equal(Assert.Single(response.Headers.GetValues("x-request-id")), received.Headers[HeaderNames.RequestId]);
        Assert.Equal("guide:v1", ModelOf(received.Headers[HeaderNames.Grant]));
        await GatewayHost.Until(() => gateway.Logs.Lines.Any(line => line.Contains("Answered request", StringComparison.Ordinal)));
        Assert.Contains(gateway.Logs.Lines, line => line.Contains("status 200", StringComparison.Ordinal) && line.Contains(logged, StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Logs.Lines, line => line.Contains("SECRET-TEXT", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/tokenize")]
    public async Task Without_a_key_nothing_of_any_kind_is_asked(string path)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var response = await gateway.Anonymous.PostAsync(path, GatewayHost.Json("""{"model":"guide","input":"x"}"""));

        Assert.Equal("invalid_api_key", (await GatewayHost.ErrorOf(response, HttpStatusCode.Unauthorized)).Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_answer_of_another_kind_is_502()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var response = await gateway.Client.PostAsync("/v1/embeddings", GatewayHost.Json("""{"model":"guide","input":"x"}"""));

        Assert.Equal("backend_invalid_response", (await GatewayHost.ErrorOf(response, HttpStatusCode.BadGateway)).Code);
    }

    private static string? ModelOf(string grant)
    {
        using var payload = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(grant.Split('.')[1]));
        return payload.RootElement.GetProperty("model").GetString();
    }
}
