namespace Zakenak.Engine.Tests.Conformance;

public abstract partial class BackendConformance
{
    private const string Words = """
        root ::= "{" word ("," word)* "}"
        word ::= [a-c]{2,3}
        """;

    [Fact]
    public void Whatever_the_seed_an_answer_keeps_to_the_grammar_and_ends_with_it()
    {
        using var backend = Load();
        for (var seed = 0u; seed < 20; seed++)
        {
            var tokens = Answer(backend, new SamplerOptions(2, 1, seed) { Grammar = new GrammarConstraint(Words) }, 60);

            var text = Generation.Text(backend, tokens);
            Assert.Matches(tokens.Length < 60 ? "^\\{[a-c]{2,3}(,[a-c]{2,3})*\\}$" : "^\\{[a-c,]*", text);
        }
    }

    [Fact]
    public void An_answer_that_would_keep_to_it_anyway_is_the_same_with_and_without()
    {
        using var backend = Load();
        var options = new SamplerOptions(1, 0.9f, 5) { TopK = 40 };
        var free = Generation.Continue(backend, "Hello", 16, options with { Grammar = null });

        // Any character at all, control characters too: what random weights write are bytes, and only whole characters may pass.
        var constrained = Answer(backend, options with { Grammar = new GrammarConstraint("root ::= [\\x01-\\U0010FFFF]*") }, 16);
        Assert.DoesNotContain('\uFFFD', Generation.Text(backend, constrained));

        var ascii = Enumerable.Range(1, 126).ToDictionary(token => token, _ => 100f);
        Assert.Equal(
            Generation.Continue(backend, "Hello", 16, options with { LogitBias = ascii }),
            Answer(backend, options with { LogitBias = ascii, Grammar = new GrammarConstraint("root ::= [\\x01-\\x7E]*") }, 16));
        Assert.NotEmpty(free);
    }

    [Fact]
    public void A_special_token_never_stands_for_its_name()
    {
        using var backend = Load();
        var special = backend.Tokenize("<|im_start|>", parseSpecial: true);
        Assert.Single(special);
        var bias = new Dictionary<int, float> { [special[0]] = 1000 };

        var tokens = Answer(backend, Generation.Greedily with { LogitBias = bias, Grammar = new GrammarConstraint("root ::= \"<|im_start|>\"") }, 20);

        Assert.DoesNotContain(special[0], tokens);
        Assert.Equal("<|im_start|>", Generation.Text(backend, tokens));
    }

    [Fact]
    public void A_grammar_that_waits_begins_after_its_trigger()
    {
        using var backend = Load();

        // Text until the model happens to write an "e", which random weights soon do; from there on digits only.
        var constraint = new GrammarConstraint("root ::= [0-9]{3}") { TriggerTexts = ["e"u8.ToArray()] };
        for (var seed = 0u; seed < 10; seed++)
        {
            var bias = Enumerable.Range('a', 5).ToDictionary(token => token, _ => 50f);
            var text = Generation.Text(backend, Answer(backend, new SamplerOptions(1, 1, seed) { LogitBias = bias, Grammar = constraint }, 200));

            Assert.Matches("^[^e]*e[0-9]{3}$", text);
        }
    }

    [Fact]
    public void A_trigger_may_be_a_special_token_and_may_lie_across_tokens()
    {
        using var backend = Load();
        var special = backend.Tokenize("<|im_start|>", parseSpecial: true)[0];
        var bias = new Dictionary<int, float> { [special] = 1000 };

        var tokens = Answer(backend, Generation.Greedily with { LogitBias = bias, Grammar = new GrammarConstraint("root ::= \"ok\"") { TriggerTokens = [special] } }, 20);
        var across = Answer(
            backend,
            Generation.Greedily with { LogitBias = new Dictionary<int, float> { ['a'] = 1000 }, Grammar = new GrammarConstraint("root ::= \"b\"") { TriggerTexts = ["aaa"u8.ToArray()] } },
            20);

        Assert.Equal([special, 'o', 'k'], tokens);
        Assert.Equal("aaab", Generation.Text(backend, across));
    }

    [Theory]
    [InlineData("")]
    [InlineData("root ::= other")]
    [InlineData("root ::= root \"a\"")]
    public void What_is_no_grammar_is_said_to_be_none(string gbnf)
    {
        using var backend = Load();

        Assert.False(backend.AcceptsGrammar(gbnf));
        Assert.Equal(
            EngineErrorCode.GrammarInvalid,
            Assert.Throws<EngineException>(() => backend.CreateSampler(Generation.Greedily with { Grammar = new GrammarConstraint(gbnf) })).Code);
        Assert.True(backend.AcceptsGrammar(Words));
    }

    /// <summary>The answer's tokens, without the one that ends it.</summary>
    private static int[] Answer(ILlamaBackend backend, SamplerOptions options, int maxTokens)
    {
        var tokens = Generation.Continue(backend, "Hello", maxTokens, options);
        return [.. tokens.TakeWhile(token => !backend.IsEndOfGeneration(token))];
    }
}
