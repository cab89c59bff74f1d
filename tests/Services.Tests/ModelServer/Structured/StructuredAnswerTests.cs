using System.Net;
using System.Text.Json;
using Zakenak.Services.Tests.ModelServer.Completions;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Structured;

public class StructuredAnswerTests
{
    private static readonly object s_person = new
    {
        type = "json_schema",
        json_schema = new
        {
            name = "person",
            strict = true,
            schema = new
            {
                type = "object",
                properties = new { name = new { type = "string" }, age = new { type = "integer", minimum = 0, maximum = 150 } },
                required = new[] { "name", "age" },
                additionalProperties = false,
            },
        },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_meets_the_schema_whatever_the_model_would_have_said(bool stream)
    {
        var backend = new FakeBackend { Answer = _ => FakeBackend.Bytes("""Sure! {"name":"Ada","age":200}""") };
        await using var server = await StartAsync(backend);

        var content = await ContentAsync(server, Body("who", ("response_format", s_person), ("stream", stream)));

        using var document = JsonDocument.Parse(content);
        Assert.Equal(["name", "age"], document.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.InRange(document.RootElement.GetProperty("age").GetInt32(), 0, 150);
    }

    [Fact]
    public async Task What_the_model_says_right_is_left_as_it_is()
    {
        const string Right = """{"name": "Åda 🙂", "age": 36}""";
        await using var server = await StartAsync(new FakeBackend { Answer = _ => FakeBackend.Bytes(Right) });

        Assert.Equal(Right, await ContentAsync(server, Body("who", ("response_format", s_person))));
        Assert.Equal(Right, await ContentAsync(server, Body("who", ("response_format", new { type = "json_object" }))));
    }

    [Fact]
    public async Task An_answer_that_was_cut_says_length_and_never_pretends()
    {
        await using var server = await StartAsync(new FakeBackend { Answer = _ => FakeBackend.Bytes("""{"name":"Ada","age":36}""") });

        var bounded = await server.AskAsync(Body("who", ("response_format", s_person), ("max_tokens", 12)));
        var stopped = await server.AskAsync(Body("who", ("response_format", s_person), ("stop", "Ada")));

        Assert.Equal("length", bounded.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("length", stopped.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_schema_that_can_not_be_kept_to_is_refused_before_any_work()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);
        var tokenized = backend.Tokenized;
        var format = new { type = "json_schema", json_schema = new { name = "x", schema = new { type = "array", uniqueItems = true } } };

        await CallerTests.RefusedAsync(server.SendAsync(Body("who", ("response_format", format))), HttpStatusCode.BadRequest, "unsupported_parameter");

        Assert.Equal(tokenized, backend.Tokenized);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_answers_have_their_numbers_and_seeds_of_their_own(bool stream)
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);
        var body = Body("hello", ("n", 3), ("seed", 7), ("stream", stream), ("stream_options", stream ? new { include_usage = true } : null));

        string[] texts = ["", "", ""];
        JsonElement usage = default;
        if (stream)
        {
            foreach (var e in (await server.StreamAsync(body)).SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement))
            {
                usage = e.GetProperty("usage");
                foreach (var choice in e.GetProperty("choices").EnumerateArray())
                {
                    texts[choice.GetProperty("index").GetInt32()] += choice.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : string.Empty;
                }
            }
        }
        else
        {
            var answer = await server.AskAsync(body);
            usage = answer.GetProperty("usage");
            texts = [.. answer.GetProperty("choices").EnumerateArray().Select((choice, i) => choice.GetProperty("index").GetInt32() == i ? choice.GetProperty("message").GetProperty("content").GetString()! : "wrong")];
        }

        Assert.Equal(["hello", "hello", "hello"], texts);
        Assert.Equal(15, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(24, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal([7u, 8u, 9u], backend.Sampling.Select(options => options.Seed).Order());
        await server.UntilAsync(() => backend.LiveSamplers == 0);
    }

    [Fact]
    public async Task Probabilities_come_in_openais_shape_whole_and_streamed()
    {
        await using var server = await StartAsync(new FakeBackend());

        var whole = (await server.AskAsync(Body("hé", ("logprobs", true), ("top_logprobs", 2)))).GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        var streamed = (await server.StreamAsync(Body("hé", ("logprobs", true), ("top_logprobs", 2), ("stream", true))))
            .Where(e => e != "[DONE]").Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices")[0])
            .SelectMany(choice => choice.TryGetProperty("logprobs", out var logprobs) ? logprobs.GetProperty("content").EnumerateArray().ToArray() : []).ToList();

        Assert.Equal(3, whole.GetArrayLength());
        Assert.Equal("h", whole[0].GetProperty("token").GetString());
        Assert.Equal([0xC3], whole[1].GetProperty("bytes").EnumerateArray().Select(b => b.GetInt32()));
        Assert.Equal(Math.Log(0.5), whole[0].GetProperty("logprob").GetDouble(), 1e-4);
        Assert.Equal(["h", "i"], whole[0].GetProperty("top_logprobs").EnumerateArray().Select(top => top.GetProperty("token").GetString()));
        Assert.Equal(whole.EnumerateArray().Select(item => item.GetRawText()), streamed.Select(item => item.GetRawText()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Probabilities_never_tell_a_stop_string_nor_what_comes_after_it(bool stream)
    {
        var backend = new FakeBackend();
        int[] said = ['a', backend.Piece("b c"), backend.Piece("d <E"), 'N', backend.Piece("D> secret")];
        backend.Answer = _ => said;
        await using var server = await StartAsync(backend);
        var body = Body("any", ("logprobs", true), ("stop", "<END>"), ("stream", stream));

        var text = await ContentAsync(server, body);
        var told = stream
            ? string.Concat(await server.StreamAsync(body))
            : (await server.AskAsync(body)).GetProperty("choices")[0].GetProperty("logprobs").GetRawText();

        // A token of which only a part may be said is not told at all.
        Assert.Equal("ab cd ", text);
        Assert.Contains("\"token\":\"b c\"", told, StringComparison.Ordinal);
        Assert.DoesNotContain("\"token\":\"d <E\"", told, StringComparison.Ordinal);
        Assert.DoesNotContain("\"token\":\"N\"", told, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_says_how_tokens_are_chosen_reaches_the_sampler()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend);

        await server.AskAsync(Body("a", ("top_k", 5), ("min_p", 0.25), ("repetition_penalty", 1.5), ("frequency_penalty", 0.5), ("presence_penalty", -0.5), ("logit_bias", new Dictionary<string, int> { ["65"] = -100 })));
        await CallerTests.RefusedAsync(server.SendAsync(Body("a", ("logit_bias", new Dictionary<string, int> { ["2000"] = 1 }))), HttpStatusCode.BadRequest, "invalid_value");

        var options = Assert.Single(backend.Sampling);
        Assert.Equal((5, 0.25f, 1.5f, 0.5f, -0.5f), (options.TopK, options.MinP, options.RepetitionPenalty, options.FrequencyPenalty, options.PresencePenalty));
        Assert.Equal(new Dictionary<int, float> { [65] = -100 }, options.LogitBias!);
    }

    [Fact]
    public async Task A_name_that_is_not_known_is_told_or_refused()
    {
        await using var lenient = await StartAsync(new FakeBackend());
        await using var strict = await StartAsync(new FakeBackend(), ("Completions:RefuseUnknownParameters", "true"));
        var body = Body("hello", ("mirostat", 2), ("b\r\nad", 1), ("zakenak", new { cache_scop = "mine", features = (object?)null }), ("response_format", new { type = "text", json_scheme = 1 }));
        body["messages"] = new[] { new { role = "user", content = "hello", name = "bob", weight = 1 } };

        using var response = await lenient.SendAsync(body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("messages[0].weight,mirostat,b??ad,zakenak.cache_scop,response_format.json_scheme", Assert.Single(response.Headers.GetValues("x-zakenak-ignored-parameters")));
        await CallerTests.RefusedAsync(strict.SendAsync(body), HttpStatusCode.BadRequest, "unknown_parameter");
        using var known = await strict.SendAsync(Body("hello", ("user", "u")));
        Assert.False(known.Headers.Contains("x-zakenak-ignored-parameters"));
    }

    [Fact]
    public async Task Ten_thousand_stop_strings_and_a_million_names_are_refused_by_name()
    {
        await using var server = await StartAsync(new FakeBackend());

        await CallerTests.RefusedAsync(server.SendAsync(Body("hello", ("stop", Enumerable.Range(0, 10_000).Select(i => $"{i}")))), HttpStatusCode.BadRequest, "invalid_value");
        await CallerTests.RefusedAsync(server.SendAsync(Body("hello", ("logit_bias", Enumerable.Range(0, 50_000).ToDictionary(i => $"{i}", _ => 1)))), HttpStatusCode.BadRequest, "invalid_value");
        await CallerTests.RefusedAsync(server.SendAsync(Body("hello", ("tools", Enumerable.Repeat(new { type = "function" }, 10_000)))), HttpStatusCode.BadRequest, "invalid_value");
    }

    private static async Task<string> ContentAsync(TestModelServer server, Dictionary<string, object?> body) => (bool?)body.GetValueOrDefault("stream") == true
        ? TextOf(await server.StreamAsync(body))
        : (await server.AskAsync(body)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
