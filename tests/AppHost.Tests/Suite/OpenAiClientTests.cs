using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

namespace Zakenak.AppHost.Tests.Suite;

[Collection(nameof(SuiteTests))]
public sealed class OpenAiClientTests(SuiteFixture suite)
{
    private ChatClient Client(string? key = null) =>
        new("guide:v1", new ApiKeyCredential(key ?? suite.DevelopmentKey), new OpenAIClientOptions { Endpoint = new Uri(suite.Edge, "/v1") });

    [Fact]
    public async Task The_OpenAI_client_chats_unmodified()
    {
        ChatCompletion completion = await Client().CompleteChatAsync([new UserChatMessage("What is Zakenak?")], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Contains("Zakenak", completion.Content[0].Text, StringComparison.Ordinal);
        Assert.True(completion.Usage.TotalTokenCount > 0);
    }

    [Fact]
    public async Task The_OpenAI_client_streams_unmodified()
    {
        var text = "";
        await foreach (var update in Client().CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: TestContext.Current.CancellationToken))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        Assert.NotEmpty(text);
    }

    [Fact]
    public async Task The_OpenAI_client_understands_a_refusal()
    {
        var refusal = await Assert.ThrowsAsync<ClientResultException>(
            () => Client("zk-wrong").CompleteChatAsync([new UserChatMessage("Hi")], cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(401, refusal.Status);
    }
}
