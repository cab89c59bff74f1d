using System.Buffers.Text;
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The <c>OpenAI</c> package of NuGet, unmodified.</summary>
[Collection(nameof(SuiteTests))]
public sealed class OpenAiClientTests(SuiteFixture suite)
{
    private const string WeatherSchema = """
        {"type":"object","properties":{"city":{"enum":["Paris","Bern"]},"days":{"type":"integer","minimum":1,"maximum":3}},
         "required":["city","days"],"additionalProperties":false}
        """;

    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool("weather", null, BinaryData.FromString(WeatherSchema));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_OpenAI_client_chats_unmodified()
    {
        ChatCompletion completion = await AskAsync("What is Zakenak?");

        Assert.Contains("Zakenak", completion.Content[0].Text, StringComparison.Ordinal);
        Assert.True(completion.Usage.TotalTokenCount > 0);
    }

    [Fact]
    public async Task The_OpenAI_client_streams_unmodified_and_learns_the_usage()
    {
        var text = "";
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Cancelled))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        Assert.NotEmpty(text);
        Assert.True(usage?.OutputTokenCount > 0);
    }

    [Fact]
    public async Task Tools_are_called_with_arguments_that_meet_their_schema()
    {
        var options = new ChatCompletionOptions { Tools = { Weather }, ToolChoice = ChatToolChoice.CreateRequiredChoice() };
        ChatCompletion completion = await AskAsync("How is the weather?", options);

        Assert.Equal(ChatFinishReason.ToolCalls, completion.FinishReason);
        AssertWeather(completion.ToolCalls[0].FunctionName, completion.ToolCalls[0].FunctionArguments.ToString());
    }

    [Fact]
    public async Task A_named_tool_is_called_in_a_stream_of_argument_deltas()
    {
        var options = new ChatCompletionOptions { Tools = { Weather }, ToolChoice = ChatToolChoice.CreateFunctionChoice("weather") };
        var (name, arguments) = ("", "");
        await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage("How is the weather?")], options, Cancelled))
        {
            foreach (var call in update.ToolCallUpdates.Where(call => call.Index == 0))
            {
                name += call.FunctionName;
                arguments += call.FunctionArgumentsUpdate;
            }
        }

        AssertWeather(name, arguments);
    }

    [Fact]
    public async Task An_answer_keeps_to_a_JSON_schema()
    {
        var schema = BinaryData.FromString("""{"type":"object","properties":{"tier":{"enum":["gold","silver"]}},"required":["tier"],"additionalProperties":false}""");
        ChatCompletion completion = await AskAsync("What is my tier?", new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("tier", schema, jsonSchemaIsStrict: true),
            MaxOutputTokenCount = 32,
        });

        using var document = JsonDocument.Parse(completion.Content[0].Text);
        Assert.Contains(document.RootElement.GetProperty("tier").GetString(), (string[])["gold", "silver"]);
    }

    [Fact]
    public async Task Log_probabilities_come_with_each_token()
    {
        ChatCompletion completion = await AskAsync("Hello", new ChatCompletionOptions
        {
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
            MaxOutputTokenCount = 4,
        });

        Assert.Equal(completion.Usage.OutputTokenCount, completion.ContentTokenLogProbabilities.Count);
        Assert.All(completion.ContentTokenLogProbabilities, token => Assert.Equal((true, 2), (token.LogProbability <= 0, token.TopLogProbabilities.Count)));
    }

    [Fact]
    public async Task Texts_and_tokens_become_vectors_of_length_1()
    {
        var client = new EmbeddingClient("guide:v1", new ApiKeyCredential(suite.DevelopmentKey), Options());

        OpenAIEmbeddingCollection texts = await client.GenerateEmbeddingsAsync(["one text", "another text"], cancellationToken: Cancelled);
        OpenAIEmbeddingCollection tokens = await client.GenerateEmbeddingsAsync([new ReadOnlyMemory<int>([5, 6, 7])], cancellationToken: Cancelled);

        Assert.Equal(2, texts.Count);
        Assert.True(texts.Usage.InputTokenCount > 0);
        Assert.All(texts.Concat(tokens), vector => Assert.Equal(1, vector.ToFloats().ToArray().Sum(value => (double)value * value), 3));
        Assert.NotEqual(texts[0].ToFloats().ToArray(), texts[1].ToFloats().ToArray());
    }

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        var client = new OpenAIModelClient(new ApiKeyCredential(suite.DevelopmentKey), Options());

        Assert.Equal("guide:v1", Assert.Single((await client.GetModelsAsync(Cancelled)).Value).Id);
        Assert.Equal("guide:v1", (await client.GetModelAsync("guide:v1", Cancelled)).Value.Id);
    }

    [Theory]
    [InlineData("zk-wrong", "guide:v1", 1f, 401, "invalid_api_key")]
    [InlineData(null, "nobody:v9", 1f, 404, "model_not_found")]
    [InlineData(null, "guide:v1", 9f, 400, "temperature")]
    public async Task The_OpenAI_client_understands_a_refusal(string? key, string model, float temperature, int status, string says)
    {
        var refusal = await Assert.ThrowsAsync<ClientResultException>(() => Chat(key, model).CompleteChatAsync(
            [new UserChatMessage("Hi")], new ChatCompletionOptions { Temperature = temperature }, Cancelled));

        Assert.Equal(status, refusal.Status);
        Assert.Contains(says, refusal.GetRawResponse()!.Content.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_requests_are_429_with_the_time_to_wait()
    {
        var key = await AddKeyAsync(requestsPerMinute: 1);
        var models = new OpenAIModelClient(new ApiKeyCredential(key), Options());
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        timeout.CancelAfter(TimeSpan.FromSeconds(60));
        ClientResultException refusal;

        // Unknown until the gateway has read its file again; then one request passes, and no second.
        do
        {
            await Task.Delay(100, timeout.Token); // an address with too many refusals is refused itself, other tests with it
            refusal = await Assert.ThrowsAsync<ClientResultException>(async () =>
            {
                await models.GetModelsAsync(timeout.Token);
                await models.GetModelsAsync(timeout.Token);
            });
        }
        while (refusal.Status == 401);

        Assert.Equal(429, refusal.Status);
        Assert.True(refusal.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var seconds));
        Assert.InRange(int.Parse(seconds!, CultureInfo.InvariantCulture), 1, 61);
    }

    [Fact]
    public async Task A_stream_that_its_client_leaves_frees_its_sequence()
    {
        const string Abandoned = "gen_ai_server_request_duration[a-z_]*_count{[^}]*error_type=\"cancelled\"[^}]*}";
        var before = await MetricAsync(Abandoned);
        var options = new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("n", BinaryData.FromString("""{"type":"array","items":{"type":"integer"},"minItems":100}""")),
            MaxOutputTokenCount = 100,
        };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        timeout.CancelAfter(TimeSpan.FromSeconds(60));

        // A small model may have said all by the time its client is gone: then another one leaves.
        do
        {
            await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage("Count")], options, timeout.Token))
            {
                break;
            }
        }
        while (await MetricAsync(Abandoned) == before && !timeout.IsCancellationRequested);

        Assert.False(timeout.IsCancellationRequested, "The model server never learned that its client was gone.");
        while (await MetricAsync("zakenak_running_sequences(?:{[^}]*})?") > 0)
        {
            timeout.Token.ThrowIfCancellationRequested();
        }
    }

    private static void AssertWeather(string name, string arguments)
    {
        Assert.Equal("weather", name);
        using var document = JsonDocument.Parse(arguments);
        Assert.Equal(2, document.RootElement.EnumerateObject().Count());
        Assert.Contains(document.RootElement.GetProperty("city").GetString(), (string[])["Paris", "Bern"]);
        Assert.InRange(document.RootElement.GetProperty("days").GetInt32(), 1, 3);
    }

    private OpenAIClientOptions Options() => new() { Endpoint = new Uri(suite.Edge, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };

    private ChatClient Chat(string? key = null, string model = "guide:v1") => new(model, new ApiKeyCredential(key ?? suite.DevelopmentKey), Options());

    private async Task<ChatCompletion> AskAsync(string text, ChatCompletionOptions? options = null) =>
        await Chat().CompleteChatAsync([new UserChatMessage(text)], options, Cancelled);

    /// <summary>The sum of the model server's series that match.</summary>
    private async Task<double> MetricAsync(string series)
    {
        using var client = new HttpClient { BaseAddress = suite.App.GetEndpoint("model-server", "management") };
        var text = await client.GetStringAsync("/metrics", Cancelled);
        return Regex.Matches(text, $"(?m)^{series} (?<value>[0-9.eE+-]+)").Sum(match => double.Parse(match.Groups["value"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>A key of a tenant of its own, put where the gateway looks for keys.</summary>
    private async Task<string> AddKeyAsync(int requestsPerMinute)
    {
        var (id, secret) = (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        var key = $"zk-{id}-{secret}";
        var file = Path.Combine(suite.StateFolder, "gateway", "keys.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            keys = new[]
            {
                new { id, sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key))), tenant = "hasty", requests_per_minute = requestsPerMinute },
            },
        }), Cancelled);
        return key;
    }
}
