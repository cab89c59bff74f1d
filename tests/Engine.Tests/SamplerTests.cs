namespace Zakenak.Engine.Tests;

public class SamplerTests(TinyModel model)
{
    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        using var backend = model.Load();

        var first = Generation.Continue(backend, "Hello", 32, new SamplerOptions(1, 1, Seed: 42));

        Assert.Equal(first, Generation.Continue(backend, "Hello", 32, new SamplerOptions(1, 1, Seed: 42)));
        Assert.NotEqual(first, Generation.Continue(backend, "Hello", 32, new SamplerOptions(1, 1, Seed: 43)));
    }

    // llama.cpp takes this value as "use the clock".
    [Fact]
    public void The_largest_seed_is_a_seed_too()
    {
        using var backend = model.Load();
        var options = new SamplerOptions(1, 1, uint.MaxValue);

        Assert.Equal(Generation.Continue(backend, "Hello", 32, options), Generation.Continue(backend, "Hello", 32, options));
    }

    [Fact]
    public void Temperature_zero_and_an_empty_nucleus_are_greedy()
    {
        using var backend = model.Load();
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
        using var backend = model.Load();

        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CreateSampler(new SamplerOptions(temperature, topP, 0)));
    }

    [Fact]
    public void Logits_that_were_not_asked_for_are_not_sampled()
    {
        using var backend = model.Load();
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
        using var backend = model.Load();
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, [1])));
        var disposed = backend.CreateSampler(Generation.Greedily);
        disposed.Dispose();

        Assert.Throws<ObjectDisposedException>(() => backend.Sample(disposed, 0));
        Assert.Throws<ArgumentException>(() => backend.Sample(new ForeignSampler(), 0));
    }

    private sealed class ForeignSampler : ISampler
    {
        public void Dispose()
        {
        }
    }
}
