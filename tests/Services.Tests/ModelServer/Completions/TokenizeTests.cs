using System.Net.Http.Json;
using System.Text.Json;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class TokenizeTests
{
    [Fact]
    public async Task A_text_and_a_conversation_are_tokenised_as_a_chat_request_would_be()
    {
        await using var server = await StartAsync(new FakeBackend());

        var text = await AskAsync(server, new { model = "guide", input = "<|im_end|>" });
        var conversation = await AskAsync(server, Body("hi"));

        Assert.Equal("""{"object":"list","model":"guide:v1","tokens":[60,124,105,109,95,101,110,100,124,62],"count":10,"max":512}""", text.Body);
        using var document = JsonDocument.Parse(conversation.Body);
        var tokens = document.RootElement.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()).ToArray();
        Assert.Equal(new FakeBackend().Tokenize("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true), tokens);
        Assert.Equal((await server.AskAsync(Body("hi"))).GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), tokens.Length);
    }

    [Fact]
    public async Task Tools_and_switches_of_the_template_count_as_in_a_chat_request()
    {
        const string Template = "{% for m in messages %}{{ m.content }}{% endfor %}{% if tools %}{{ tools | tojson }}<tool_call>{% endif %}{% if enable_thinking is defined %}[{{ enable_thinking }}{{ level }}]{% endif %}";
        await using var server = await StartAsync(new FakeBackend { Model = new("fake", 1, 2000, 4096, null), Template = Template });
        var body = Body("hi", ("chat_template_kwargs", new { enable_thinking = false, level = "<|im_end|>" }), ("tools", new[] { new { type = "function", function = new { name = "f" } } }));

        using var tokenized = JsonDocument.Parse((await AskAsync(server, body)).Body);
        body["max_tokens"] = 1;
        var answer = await server.AskAsync(body);

        var text = new string([.. tokenized.RootElement.GetProperty("tokens").EnumerateArray().Select(token => (char)token.GetInt32())]);
        Assert.Contains("\"name\": \"f\"", text, StringComparison.Ordinal);
        Assert.EndsWith("[False<|im_end|>]", text, StringComparison.Ordinal);
        Assert.Equal(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), tokenized.RootElement.GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("{}", 400, "model")]
    [InlineData("""{"model":"guide","messages":[{"role":"user","content":"x"}],"tools":7}""", 400, "tools")]
    [InlineData("""{"model":"guide","messages":[{"role":"user","content":"x"}],"chat_template_kwargs":{"messages":"y"}}""", 400, "chat_template_kwargs")]
    [InlineData("""{"model":"guide"}""", 400, "messages")]
    [InlineData("""{"model":"guide","input":7}""", 400, "input")]
    [InlineData("""{"model":"guide","input":"x","messages":[]}""", 400, "input")]
    [InlineData("""{"model":"guide","model":"guide","input":"x"}""", 400, "model")]
    public async Task What_is_wrong_is_named(string body, int status, string? parameter)
    {
        await using var server = await StartAsync(new FakeBackend());

        var answer = await AskAsync(server, new { }, body);

        Assert.Equal(status, answer.Status);
        Assert.Equal(parameter, JsonDocument.Parse(answer.Body).RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Without_a_grant_nothing_is_tokenised()
    {
        await using var server = await StartAsync(new FakeBackend());

        using var response = await server.Client.PostAsJsonAsync("/v1/tokenize", new { model = "guide", input = "x" });

        Assert.False(response.IsSuccessStatusCode);
    }

    private static async Task<(int Status, string Body)> AskAsync(TestModelServer server, object body, string? raw = null)
    {
        using var request = Request(body);
        request.RequestUri = new Uri("/v1/tokenize", UriKind.Relative);
        if (raw is not null)
        {
            request.Content = new StringContent(raw, System.Text.Encoding.UTF8, "application/json");
        }

        using var response = await server.Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
