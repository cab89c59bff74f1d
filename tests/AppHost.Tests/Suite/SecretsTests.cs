using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Suite;

[Collection(nameof(SuiteTests))]
public sealed class SecretsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_log_line_holds_a_key_a_token_a_prompt_or_an_answer()
    {
        // Everything that any process writes goes to this terminal.
        await using var suite = AppHostProcess.Start(stateFolder: null, "--verbose");
        await suite.WaitUntilReadyAsync(Cancelled);
        const string Question = "What is the marker xyzzy-plugh-4711?";
        using var client = suite.CreateClient();
        using var response = await ChatStream.OpenAsync(client, ChatStream.Request(Question), Cancelled);
        var answer = await response.Content.ReadAsStringAsync(Cancelled);
        using var wrong = new HttpClient { BaseAddress = suite.Edge };
        wrong.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "zk-plover-wrong-key");
        using var refused = await ChatStream.OpenAsync(wrong, ChatStream.Request(Question), Cancelled);
        using var broken = await client.PostAsync("/v1/chat/completions", new StringContent("{\"xyzzy-plugh-4711\":", Encoding.UTF8, "application/json"), Cancelled);
        await suite.WaitForOutputAsync("\"tokens_out\"|tokens_out", Cancelled);

        var log = suite.Output;
        var completion = (string)JsonNode.Parse(answer)!["choices"]![0]!["message"]!["content"]!;
        Assert.DoesNotContain("xyzzy", log, StringComparison.Ordinal);
        Assert.DoesNotContain("plover", log, StringComparison.Ordinal);
        Assert.DoesNotContain(completion.Trim(), log, StringComparison.Ordinal);
        Assert.DoesNotContain(suite.DevelopmentKey, log, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", log, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", log, StringComparison.Ordinal);
        var run = Path.Combine(suite.StateFolder, "run");
        Assert.DoesNotContain(Convert.ToHexString(await File.ReadAllBytesAsync(Path.Combine(run, "enrollment-key"), Cancelled)), log, StringComparison.OrdinalIgnoreCase);
    }
}
