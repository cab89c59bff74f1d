using Zakenak.Engine.LlamaCpp;
using Zakenak.RandomModel;

namespace Zakenak.Engine.Tests.LlamaCpp;

public class EmbedderTests
{
    [Fact]
    public void A_text_has_the_same_vector_each_time_and_another_text_has_another()
    {
        using var backend = LoadPooling(0);
        using var embedder = backend.CreateEmbedder(maxTokens: 512, threads: 1);

        var first = Embed(backend, embedder, "The quick brown fox");
        var other = Embed(backend, embedder, "Der Prozess beginnt");
        var again = Embed(backend, embedder, "The quick brown fox");

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(1, first.Sum(value => (double)value * value), 5);
        Assert.Equal(128, backend.Embeddings!.Dimensions);
    }

    [Fact]
    public void The_mean_over_many_chunks_is_that_of_all_tokens_and_other_models_take_the_first_or_the_last()
    {
        // No token sees those after it, so the last state of each prefix is that token's state in the whole text. All states have the
        // same length here, after the final norm, so that the mean points where the sum of their directions does.
        using var mean = LoadPooling(0);
        using var first = LoadPooling(2);
        using var last = LoadPooling(3);
        var tokens = mean.Tokenize(string.Concat(Enumerable.Repeat("All work and no play. ", 7)), parseSpecial: false)[..140];
        using var meanOf = mean.CreateEmbedder(maxTokens: 512, threads: 1);
        using var firstOf = first.CreateEmbedder(maxTokens: 512, threads: 1);
        using var lastOf = last.CreateEmbedder(maxTokens: 512, threads: 1);

        var states = Enumerable.Range(1, tokens.Length).Select(length => Embed(lastOf, tokens[..length])).ToArray();

        Assert.Equal([Pooling.Mean, Pooling.First, Pooling.Last], new[] { mean, first, last }.Select(backend => backend.Embeddings!.Pooling));
        AssertSame(Enumerable.Range(0, 128).Select(d => states.Sum(state => state[d])), Embed(meanOf, tokens));
        AssertSame(states[0].Select(value => value), Embed(firstOf, tokens));
        Assert.True(Cosine(states[^1], states[0]) < 0.999, "All tokens have the same state: this test can't fail.");
    }

    [Fact]
    public void A_model_that_ranks_makes_no_embeddings()
    {
        using var ranker = LoadPooling(4);

        Assert.Null(ranker.Embeddings);
        Assert.Equal(EngineErrorCode.ModelUnsupported, Assert.Throws<EngineException>(() => ranker.CreateEmbedder(512, 1)).Code);
    }

    [Fact]
    public async Task Generation_on_the_same_weights_is_not_disturbed()
    {
        using var backend = LoadPooling(0);
        var expected = Generation.Continue(backend, "Once upon a time", 16);
        using var embedder = backend.CreateEmbedder(maxTokens: 512, threads: 1);

        var vectors = Task.Run(() => Enumerable.Range(0, 8).Select(_ => Embed(backend, embedder, "Some other text")).ToArray());
        var tokens = Generation.Continue(backend, "Once upon a time", 16);

        Assert.Equal(expected, tokens);
        Assert.All(await vectors, vector => Assert.Equal(vectors.Result[0], vector));
    }

    [Fact]
    public void It_outlives_its_backend_and_ends_when_nobody_wants_it()
    {
        IEmbedder embedder;
        int[] tokens;
        using (var backend = LoadPooling(0))
        {
            embedder = backend.CreateEmbedder(maxTokens: 512, threads: 1);
            tokens = backend.Tokenize("Hello", parseSpecial: false);
        }

        using (embedder)
        {
            Assert.Equal(DecodeStatus.Done, embedder.Embed(tokens, new float[128], default));
            Assert.Throws<OperationCanceledException>(() => embedder.Embed(tokens, new float[128], new CancellationToken(canceled: true)));
            Assert.Throws<ArgumentException>(() => embedder.Embed([], new float[128], default));
            Assert.Throws<ArgumentException>(() => embedder.Embed(new int[513], new float[128], default));
            Assert.Throws<ArgumentOutOfRangeException>(() => embedder.Embed([1 << 20], new float[128], default));
            Assert.Equal(DecodeStatus.Done, embedder.Embed(tokens, new float[128], default));
        }
    }

    private static LlamaCppBackend LoadPooling(uint pooling)
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("pooling.gguf"), ModelShape.Tiny, type: WeightType.F32, pooling: pooling);
        return LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("pooling.gguf"));
    }

    private static float[] Embed(LlamaCppBackend backend, IEmbedder embedder, string text) => Embed(embedder, backend.Tokenize(text, parseSpecial: false));

    private static float[] Embed(IEmbedder embedder, int[] tokens)
    {
        var vector = new float[128];
        Assert.Equal(DecodeStatus.Done, embedder.Embed(tokens, vector, default));
        return vector;
    }

    /// <summary>The same direction, as far as sums in another order allow.</summary>
    private static void AssertSame(IEnumerable<float> direction, float[] vector)
    {
        var expected = direction.ToArray();
        Assert.InRange(Cosine(expected, vector) / Math.Sqrt(Cosine(expected, expected)), 0.9999, 1.0001);
    }

    private static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
}
