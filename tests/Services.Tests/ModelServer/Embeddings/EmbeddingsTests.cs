using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Engine;
using Zakenak.ModelServer.Embeddings;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Embeddings;

public class EmbeddingsTests
{
    [Fact]
    public async Task Texts_and_tokens_are_embedded_in_their_order()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);

        var one = await EmbedAsync(server, new { model = "guide", input = "abc" });
        var several = await EmbedAsync(server, new { model = "guide:v1", input = new object[] { "abc", "x", new[] { 7, 8 } } });
        var tokens = await EmbedAsync(server, new { model = "guide", input = new[] { 97, 98, 99 } });

        Assert.Equal([FakeEmbedder.Of([97, 98, 99])], Vectors(one));
        Assert.Equal([FakeEmbedder.Of([97, 98, 99]), FakeEmbedder.Of([120]), FakeEmbedder.Of([7, 8])], Vectors(several));
        Assert.Equal(Vectors(one), Vectors(tokens));
        Assert.Equal("""{"prompt_tokens":6,"total_tokens":6}""", several.GetProperty("usage").GetRawText());
        Assert.Equal(("list", "guide:v1"), (several.GetProperty("object").GetString(), several.GetProperty("model").GetString()));
        Assert.Equal([0, 1, 2], several.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
        Assert.Single(backend.Embedders);
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers()
    {
        await using var server = await StartAsync(new FakeBackend());

        var answer = await EmbedAsync(server, new { model = "guide", input = "abc", encoding_format = "base64", dimensions = 2, user = "u" });

        var bytes = answer.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(FakeEmbedder.Of([97, 98, 99]), MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Fact]
    public async Task The_tokens_that_the_model_wants_around_a_text_are_there_and_special_ones_within_it_are_not()
    {
        await using var server = await StartAsync(new FakeBackend { Embeddings = new EmbeddingForm(2, Pooling.Last, FakeBackend.Start, FakeBackend.End) });

        var answer = await EmbedAsync(server, new { model = "guide", input = "<|im_end|>" });

        Assert.Equal([FakeEmbedder.Of([FakeBackend.Start, .. FakeBackend.Bytes("<|im_end|>"), FakeBackend.End])], Vectors(answer));
    }

    [Theory]
    [InlineData("{}", 400, "invalid_value", "model")]
    [InlineData("[]", 400, "invalid_json", null)]
    [InlineData("""{"model":"guide"}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":""}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":[]}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":{"a":1}}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":["a",""]}""", 400, "invalid_value", "input[1]")]
    [InlineData("""{"model":"guide","input":["a",7]}""", 400, "invalid_value", "input[1]")]
    [InlineData("""{"model":"guide","input":[[]]}""", 400, "invalid_value", "input[0]")]
    [InlineData("""{"model":"guide","input":[1.5]}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":[-1]}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":[[1],[2000]]}""", 400, "invalid_value", "input[1]")]
    [InlineData("""{"model":"guide","input":"a","input":"b"}""", 400, "invalid_json", "input")]
    [InlineData("""{"model":"guide","input":"a","encoding_format":"hex"}""", 400, "invalid_value", "encoding_format")]
    [InlineData("""{"model":"guide","input":"a","dimensions":0}""", 400, "invalid_value", "dimensions")]
    [InlineData("""{"model":"guide","input":"a","dimensions":1}""", 400, "unsupported_parameter", "dimensions")]
    [InlineData("""{"model":"guide","input":["a","a","a","a","a"]}""", 400, "invalid_value", "input")]
    [InlineData("""{"model":"guide","input":"123456789"}""", 400, "context_length_exceeded", "input")]
    [InlineData("""{"model":"guide","input":["a",[1,2,3,4,5,6,7,8,9]]}""", 400, "context_length_exceeded", "input[1]")]
    [InlineData("""{"model":"guide","input":["12345678","12345678","12345678"]}""", 400, "invalid_value", "input")]
    public async Task What_is_wrong_is_named(string body, int status, string code, string? parameter)
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(
            backend, ("Embeddings:MaxTexts", "4"), ("Embeddings:MaxTextTokens", "8"), ("Embeddings:MaxTokens", "20"));

        var (actual, error) = await RefusedAsync(server, body);

        Assert.Equal((status, code, parameter), (actual, error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(backend.Embedders);
    }

    [Fact]
    public async Task A_model_that_makes_no_embeddings_says_so()
    {
        await using var server = await StartAsync(new FakeBackend { Embeddings = null });

        var (status, error) = await RefusedAsync(server, """{"model":"guide","input":"a"}""");

        Assert.Equal((400, "unsupported_parameter"), (status, error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_grant_bounds_the_tokens_and_names_the_model()
    {
        await using var server = await StartAsync(new FakeBackend());

        var (tooMany, budget) = await RefusedAsync(server, """{"model":"guide","input":["abc","de"]}""", Mint(Grant(maxTokens: 4)));
        var (other, mismatch) = await RefusedAsync(server, """{"model":"guide","input":"a"}""", Mint(Grant(model: "other:v1")));
        using var without = await server.Client.PostAsJsonAsync("/v1/embeddings", new { model = "guide", input = "a" });

        Assert.Equal((413, "token_budget_exceeded"), (tooMany, budget.GetProperty("code").GetString()));
        Assert.Equal((403, "grant_model_mismatch"), (other, mismatch.GetProperty("code").GetString()));
        Assert.False(without.IsSuccessStatusCode);
    }

    [Fact]
    public async Task One_computes_and_beyond_the_bound_of_those_that_wait_they_are_told_to_come_back()
    {
        using var inside = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        var backend = new FakeBackend
        {
            BeforeEmbed = () =>
            {
                inside.Release();
                Assert.True(go.Wait(Patience));
            },
        };
        await using var server = await StartAsync(backend, ("Embeddings:MaxRequests", "2"));
        var first = EmbedAsync(server, new { model = "guide", input = new[] { "a", "b" } });
        Assert.True(await inside.WaitAsync(Patience));
        var second = EmbedAsync(server, new { model = "guide", input = "c" });

        await server.UntilAsync(() => Task.FromResult(server.Services.GetRequiredService<EmbeddingQueue>().Requests == 2));
        var (status, error) = await RefusedAsync(server, """{"model":"guide","input":"d"}""");
        go.Release(3);

        Assert.Equal((429, "queue_full"), (status, error.GetProperty("code").GetString()));
        Assert.Equal(2, Vectors(await first).Count);
        Assert.Single(Vectors(await second));
    }

    [Fact]
    public async Task A_request_leaves_one_line_without_its_text()
    {
        await using var server = await StartAsync(new FakeBackend());

        await EmbedAsync(server, new { model = "guide", input = "SECRET-TEXT" });

        await server.UntilAsync(() => Task.FromResult(server.Logs.Lines.Any(line => line.Contains("Completed", StringComparison.Ordinal))));
        Assert.Contains("11 tokens in, 0 out", Assert.Single(server.Logs.Lines, line => line.Contains("Completed", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Logs.Lines, line => line.Contains("SECRET-TEXT", StringComparison.Ordinal));
    }

    private static List<float[]> Vectors(JsonElement answer) =>
        [.. answer.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray())];

    private static async Task<JsonElement> EmbedAsync(TestModelServer server, object body)
    {
        var (status, answer) = await SendAsync(server, JsonSerializer.Serialize(body), null);
        Assert.True(status == 200, answer.ToString());
        return answer;
    }

    private static async Task<(int Status, JsonElement Error)> RefusedAsync(TestModelServer server, string body, string? jws = null)
    {
        var (status, answer) = await SendAsync(server, body, jws);
        Assert.True(status >= 400, answer.ToString());
        return (status, answer.GetProperty("error"));
    }

    private static async Task<(int Status, JsonElement Body)> SendAsync(TestModelServer server, string body, string? jws)
    {
        using var request = Request(new { }, jws);
        request.RequestUri = new Uri("/v1/embeddings", UriKind.Relative);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await server.Client.SendAsync(request);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
