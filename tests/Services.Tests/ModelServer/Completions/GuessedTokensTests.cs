using System.Text.Json;
using Zakenak.Engine;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

/// <summary>What a client sees of guessed tokens: nothing.</summary>
public class GuessedTokensTests
{
    private static readonly string s_text = string.Concat(Enumerable.Repeat("der Grüße 🙂 ", 6)) + "and END " + string.Concat(Enumerable.Repeat("der Grüße ", 3));

    [Fact]
    public async Task Answers_are_the_same_with_and_without_them()
    {
        var (plain, guessing) = (new FakeBackend(), new FakeBackend());
        await using var without = await StartAsync(plain);
        await using var with = await StartAsync(guessing, ("Batching:Speculation", "true"));
        var requests = new Dictionary<string, object?>[]
        {
            Body(s_text),
            Body(s_text, ("stop", "END")),
            Body(s_text, ("stop", new[] { "🙂 der Grüße 🙂 and", "e 🙂 a" })),
            Body(s_text, ("max_tokens", 37)),
            Body(s_text, ("n", 3), ("seed", 5), ("temperature", 0.7)),
            Body(s_text, ("logprobs", true), ("top_logprobs", 2)),
            Body("""{"a":[1,2,3,1,2,3,1,2,3,1,2,3,1,2,3]}""", ("response_format", new { type = "json_object" })),
        };
        foreach (var request in requests)
        {
            var (expected, found) = (await without.AskAsync(request), await with.AskAsync(request));
            Assert.Equal(expected.GetProperty("choices").GetRawText(), found.GetProperty("choices").GetRawText());
            Assert.Equal(expected.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), found.GetProperty("usage").GetProperty("completion_tokens").GetInt32());

            request["stream"] = true;
            Assert.Equal(Told(await without.StreamAsync(request)), Told(await with.StreamAsync(request)));
        }

        Assert.DoesNotContain(plain.Batches, HasGuesses);
        Assert.Contains(guessing.Batches, HasGuesses);
        Assert.True(guessing.Batches.Count < plain.Batches.Count * 3 / 4, $"{guessing.Batches.Count} steps and {plain.Batches.Count}");
    }

    private static bool HasGuesses(BatchToken[] batch) => batch.Where(token => token.Logits).GroupBy(token => token.Sequence).Any(tokens => tokens.Count() > 1);

    /// <summary>By answer: all text and why it ended. Tokens that come at once may share an event.</summary>
    private static Dictionary<int, string> Told(List<string> events)
    {
        var told = new Dictionary<int, string>();
        foreach (var choice in events.Where(data => data != "[DONE]").SelectMany(data => JsonDocument.Parse(data).RootElement.GetProperty("choices").EnumerateArray()))
        {
            var index = choice.GetProperty("index").GetInt32();
            var content = choice.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : null;
            told[index] = told.GetValueOrDefault(index) + content + choice.GetProperty("finish_reason").GetString();
        }

        return told;
    }
}
