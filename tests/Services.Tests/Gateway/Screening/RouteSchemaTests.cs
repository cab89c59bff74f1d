using System.Net;
using System.Text.Json;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Screening;

/// <summary>On every route what is wrong is a 4xx in its protocol's shape, by the name that the client gave it, and reaches no model server.</summary>
public class RouteSchemaTests
{
    private static readonly TestTrustDomain _domain = new();

    private static readonly (string Path, string Content)[] _openAi =
    [
        ("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"), ("/v1/completions", "\"prompt\":\"Hi\""), ("/v1/responses", "\"input\":\"Hi\""),
        ("/v1/embeddings", "\"input\":\"Hi\""), ("/v1/tokenize", "\"input\":\"Hi\""),
    ];

    [Fact]
    public async Task In_OpenAIs_shape_the_parameter_is_named()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        foreach (var (path, content) in _openAi)
        {
            await RefusedAsync(path, $"{{{content}}}", "model");
            await RefusedAsync(path, $"{{\"model\":7,{content}}}", "model");
            await RefusedAsync(path, $"{{\"model\":\"guide\",{content},{content}}}", content.Split('"')[1]);
            await RefusedAsync(path, $"{{\"model\":\"guide\",{content},\"x\":[\"\\ud800\",}}", "x");
        }

        foreach (var (path, members, param) in new[]
        {
            ("/v1/completions", "\"prompt\":\"Hi\",\"temperature\":\"hot\"", "temperature"),
            ("/v1/completions", "\"prompt\":\"Hi\",\"max_tokens\":2147483648", "max_tokens"),
            ("/v1/completions", "\"prompt\":\"Hi\",\"logprobs\":21", "logprobs"),
            ("/v1/completions", "\"prompt\":[1,2]", "prompt"),
            ("/v1/responses", "\"input\":\"Hi\",\"max_output_tokens\":2147483647", "max_output_tokens"),
            ("/v1/responses", "\"input\":\"Hi\",\"top_p\":1e400", "top_p"),
            ("/v1/responses", "\"input\":7", "input"),
            ("/v1/embeddings", "\"input\":\"Hi\",\"dimensions\":\"7\"", "dimensions"),
            ("/v1/embeddings", "\"input\":{}", "input"),
            ("/v1/tokenize", "\"input\":[1]", "input"),
        })
        {
            await RefusedAsync(path, $"{{\"model\":\"guide\",{members}}}", param);
        }

        Assert.Empty(server.Requests);

        async Task RefusedAsync(string path, string body, string param)
        {
            using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json(body));
            var error = await GatewayHost.ErrorOf(answer, HttpStatusCode.BadRequest);
            Assert.True(error.Param == param, $"{path} {body}: {error.Param}, {error.Message}");
        }
    }

    [Theory]
    [InlineData("/api/chat", "\"messages\":{}", "messages")]
    [InlineData("/api/chat", "\"messages\":[],\"stream\":1", "stream")]
    [InlineData("/api/chat", "\"messages\":[],\"options\":{\"temperature\":\"hot\"}", "options.temperature")]
    [InlineData("/api/chat", "\"messages\":[],\"options\":{\"num_predict\":2147483647}", "options.num_predict")]
    [InlineData("/api/chat", "\"messages\":[],\"tools\":{}", "tools")]
    [InlineData("/api/generate", "\"prompt\":7", "prompt")]
    [InlineData("/api/generate", "\"prompt\":\"Hi\",\"options\":{\"repeat_penalty\":11}", "options.repeat_penalty")]
    [InlineData("/api/embed", "\"input\":{}", "input")]
    public async Task In_Ollamas_shape_the_sentence_names_it(string path, string members, string param)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);

        using var answer = await gateway.Client.PostAsync(path, GatewayHost.Json($"{{\"model\":\"guide\",{members}}}"));
        var error = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"'{param}'", error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }
}
