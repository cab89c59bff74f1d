namespace Zakenak.Engine.Tests.Conformance;

public abstract partial class BackendConformance
{
    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        using var backend = Load();

        var first = Generation.Continue(backend, "Hello", 32, new SamplerOptions(1, 1, Seed: 42));

        Assert.Equal(first, Generation.Continue(backend, "Hello", 32, new SamplerOptions(1, 1, Seed: 42)));
        Assert.NotEqual(first, Generation.Continue(backend, "Hello", 32, new SamplerOptions(1, 1, Seed: 43)));
    }

    // llama.cpp takes this value as "use the clock".
    [Fact]
    public void The_largest_seed_is_a_seed_too()
    {
        using var backend = Load();
        var options = new SamplerOptions(1, 1, uint.MaxValue);

        Assert.Equal(Generation.Continue(backend, "Hello", 32, options), Generation.Continue(backend, "Hello", 32, options));
    }

    [Fact]
    public void Temperature_zero_and_an_empty_nucleus_are_greedy()
    {
        using var backend = Load();
        var greedy = Generation.Continue(backend, "Hello", 24);

        Assert.Equal(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(0, 0.5f, 9)));
        Assert.Equal(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(1.5f, 0, 9)));
        Assert.Equal(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(float.Epsilon, 1, 9)));
        Assert.NotEqual(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(1.5f, 1, 9)));
    }

    [Theory]
    [InlineData(-0.1f, 1f)]
    [InlineData(float.NaN, 1f)]
    [InlineData(float.PositiveInfinity, 1f)]
    [InlineData(1f, -0.1f)]
    [InlineData(1f, 1.1f)]
    [InlineData(1f, float.NaN)]
    public void Options_out_of_range_are_refused(float temperature, float topP)
    {
        using var backend = Load();

        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CreateSampler(new SamplerOptions(temperature, topP, 0)));
    }

    [Fact]
    public void Only_the_likeliest_are_left_by_top_k_and_min_p()
    {
        using var backend = Load();
        var greedy = Generation.Continue(backend, "Hello", 24);

        Assert.Equal(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(1.5f, 1, 9) { TopK = 1 }));
        Assert.Equal(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(1.5f, 1, 9) { MinP = 1 }));
        Assert.NotEqual(greedy, Generation.Continue(backend, "Hello", 24, new SamplerOptions(1.5f, 1, 9) { TopK = 50 }));
    }

    [Fact]
    public void A_penalty_keeps_tokens_from_coming_again()
    {
        using var backend = Load();
        var free = Generation.Continue(backend, "Hello", 200);

        var frequency = Generation.Continue(backend, "Hello", 200, Generation.Greedily with { FrequencyPenalty = 1000 });
        var presence = Generation.Continue(backend, "Hello", 200, Generation.Greedily with { PresencePenalty = 1000 });
        var repetition = Generation.Continue(backend, "Hello", 24, Generation.Greedily with { RepetitionPenalty = 1.5f });

        Assert.True(free.Distinct().Count() < 200);
        Assert.Equal(200, frequency.Distinct().Count());
        Assert.Equal(200, presence.Distinct().Count());
        Assert.NotEqual(free[..24], repetition);
    }

    [Fact]
    public void A_bias_forces_a_token_or_forbids_it()
    {
        using var backend = Load();
        var first = Generation.Continue(backend, "Hello", 1)[0];

        Assert.All(Generation.Continue(backend, "Hello", 8, Generation.Greedily with { LogitBias = new Dictionary<int, float> { [70] = 1000 } }), token => Assert.Equal(70, token));
        Assert.NotEqual(first, Generation.Continue(backend, "Hello", 1, Generation.Greedily with { LogitBias = new Dictionary<int, float> { [first] = -1000 } })[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CreateSampler(Generation.Greedily with { LogitBias = new Dictionary<int, float> { [259] = 1 } }));
    }

    // Were temperature first, nearly all tokens would be in the nucleus; were the bias last, none would stand out.
    [Fact]
    public void Bias_comes_before_the_nucleus_and_the_nucleus_before_temperature()
    {
        using var backend = Load();
        var options = new SamplerOptions(Temperature: 1000, TopP: 0.5f, Seed: 3) { LogitBias = new Dictionary<int, float> { [70] = 30 } };

        Assert.All(Generation.Continue(backend, "Hello", 16, options), token => Assert.Equal(70, token));
        Assert.Contains(Generation.Continue(backend, "Hello", 16, options with { TopP = 1 }), token => token != 70);
    }

    [Fact]
    public void Probabilities_are_those_of_the_model_best_first_and_change_no_choice()
    {
        using var backend = Load();
        var options = new SamplerOptions(1, 1, 42);
        var plain = Generation.Continue(backend, "Hello", 1, options)[0];

        using var sampler = backend.CreateSampler(options with { TopLogprobs = 259 });
        var prompt = backend.Tokenize("Hello", parseSpecial: false);
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, prompt)));
        Assert.Equal(plain, backend.Sample(sampler, prompt.Length - 1));

        var report = sampler.Logprobs!;
        Assert.Equal(plain, report.Token);
        Assert.Equal(259, report.Top.Count);
        Assert.Equal(1, report.Top.Sum(top => Math.Exp(top.Logprob)), 1e-3);
        Assert.Equal(report.Top.OrderByDescending(top => top.Logprob), report.Top);
        Assert.Contains((plain, report.Logprob), report.Top);
    }

    [Fact]
    public void Logits_that_were_not_asked_for_are_not_sampled()
    {
        using var backend = Load();
        using var sampler = backend.CreateSampler(Generation.Greedily);
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Sample(sampler, 0));

        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, [1, 2, 3])));

        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Sample(sampler, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Sample(sampler, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Sample(sampler, 3));
        Assert.InRange(backend.Sample(sampler, 2), 0, 258);
    }

    [Fact]
    public void A_sampler_that_is_disposed_or_foreign_is_refused()
    {
        using var backend = Load();
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, [1])));
        var disposed = backend.CreateSampler(Generation.Greedily);
        disposed.Dispose();

        Assert.Throws<ObjectDisposedException>(() => backend.Sample(disposed, 0));
        Assert.Throws<ArgumentException>(() => backend.Sample(new ForeignSampler(), 0));
    }

    private sealed class ForeignSampler : ISampler
    {
        public TokenLogprobs? Logprobs => null;

        public void Dispose()
        {
        }
    }
}
