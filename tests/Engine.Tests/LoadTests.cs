namespace Zakenak.Engine.Tests;

public class LoadTests(TinyModel model)
{
    [Fact]
    public void A_model_loads_and_says_what_it_is()
    {
        using var backend = model.Load(contextTokens: 512, maxSequences: 4, batchTokens: 128);

        Assert.Equal(259, backend.Model.VocabularySize);
        Assert.Equal(2048, backend.Model.TrainedContextTokens);
        Assert.InRange(backend.Model.Parameters, 300_000, 600_000);
        Assert.Contains("llama", backend.Model.Description, StringComparison.Ordinal);
        Assert.Equal(512, backend.ContextTokens);
        Assert.Equal(128, backend.BatchTokens);
        Assert.Equal(4, backend.MaxSequences);
    }

    [Fact]
    public void Greedy_decoding_gives_the_same_tokens_each_time()
    {
        using var backend = model.Load();

        var first = Generation.Greedy(backend, "Hello", 16);

        Assert.All(first, token => Assert.InRange(token, 0, backend.Model.VocabularySize - 1));
        Assert.Equal(first, Generation.Greedy(backend, "Hello", 16));
        Assert.NotEqual(first, Generation.Greedy(backend, "Goodbye", 16));
    }
}
