using Zakenak.Engine.Cells;
using Zakenak.Engine.LlamaCpp;
using Zakenak.RandomModel;

namespace Zakenak.Engine.Tests.LlamaCpp;

/// <summary>What this adapter does beyond the conformance suite.</summary>
public class LlamaCppTests(TinyModel model)
{
    [Fact]
    public void Decoding_and_sampling_allocate_nothing()
    {
        using var backend = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024 }, model.Path);
        using var sampler = backend.CreateSampler(new SamplerOptions(0.8f, 0.95f, 1));
        var piece = new byte[64];
        Span<BatchToken> batch = stackalloc BatchToken[1];
        Step(0, batch);

        // The runtime itself may allocate once, when it compiles a method anew: what counts is that a hundred steps can go without.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var step = 1; step <= 100; step++)
                Step((round * 100) + step, batch);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);

        void Step(int position, Span<BatchToken> batch)
        {
            batch[0] = new BatchToken(65, position, 0, Logits: true);
            backend.Decode(batch);
            var token = backend.Sample(sampler, 0);
            backend.TokenToPiece(token, piece);
            backend.IsEndOfGeneration(token);
        }
    }

    [Fact]
    public void A_context_larger_than_the_machine_is_refused_before_it_is_made()
    {
        using var handle = ModelLoading.OpenModel(model.Path, new EngineOptions());

        // Two layers with keys and values of 64 half-precision numbers each.
        var shape = ModelLoading.ShapeOf(handle);
        Assert.Equal(new KvShape(2 * (64 + 64) * 2), shape);
        shape.CheckFits(contextTokens: 1000, availableBytes: 512_000);
        Assert.Equal(EngineErrorCode.OutOfMemory, Assert.Throws<EngineException>(() => shape.CheckFits(contextTokens: 1001, availableBytes: 512_000)).Code);
    }

    // llama.cpp rounds the vectors that it multiplies q8_0 weights with to bytes; ours are taken as they are.
    [Theory]
    [InlineData(WeightType.F32, 0.02f)]
    [InlineData(WeightType.Q8, 0.06f)]
    public void Our_kernels_and_llama_cpps_agree(WeightType type, float within)
    {
        Assert.SkipUnless(Vectors.IsSupported, "This processor has no AVX-512.");
        using var folder = new TemporaryFolder();
        var path = ModelIn(folder, type);
        using var native = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024, NativeKernels = true }, path);
        Assert.True(native.Model.ScansAllCells);
        foreach (var threads in (int[])[1, 2])
        {
            using var own = LlamaCppBackend.Load(new EngineOptions { Threads = threads, ContextTokens = 1024 }, path);
            Assert.False(own.Model.ScansAllCells);
            Assert.Equal(int.MaxValue, own.Model.TokensPerCell);
            Assert.All(LogprobsOf(native).Zip(LogprobsOf(own)), pair => Assert.InRange(pair.First - pair.Second, -within, within));
        }
    }

    [Fact]
    public void Logits_have_the_same_bits_whatever_shares_the_batch()
    {
        Assert.SkipUnless(Vectors.IsSupported, "This processor has no AVX-512.");
        using var folder = new TemporaryFolder();
        using var backend = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024 }, ModelIn(folder, WeightType.Q8));
        using var sampler = backend.CreateSampler(new SamplerOptions(0, 1, 1) { TopLogprobs = backend.Model.VocabularySize });
        var alone = After(others: 0);
        foreach (var others in (int[])[1, 2, 3, 6])
            Assert.Equal(alone, After(others));

        // The prompt in one batch, then two tokens of the answer, each beside a prompt of every other sequence.
        List<float> After(int others)
        {
            var logprobs = new List<float>();
            for (var (first, end) = (0, 40); end <= 42; (first, end) = (end, end + 1))
            {
                BatchToken[] batch = [
                    .. Enumerable.Range(first, end - first).Select(i => new BatchToken(3 + (i * 7 % 250), i, 0, Logits: i == end - 1)),
                    .. Enumerable.Range(1, others).SelectMany(other => Enumerable.Range(0, 17).Select(i => new BatchToken(3 + (i * other % 250), ((end - 40) * 17) + i, other, Logits: false))),
                ];
                Assert.Equal(DecodeStatus.Done, backend.Decode(batch));
                backend.Sample(sampler, end - first - 1);
                logprobs.AddRange(sampler.Logprobs!.Top.OrderBy(top => top.Token).Select(top => top.Logprob));
            }

            for (var sequence = 0; sequence <= others; sequence++)
                backend.RemoveCells(sequence, 0, -1);
            return logprobs;
        }
    }

    private static string ModelIn(TemporaryFolder folder, WeightType type)
    {
        var path = folder.File("model.gguf");
        RandomModelGenerator.Write(path, ModelShape.Tiny, type: type);
        return path;
    }

    // Three sequences: a prompt, another that shares its beginning, a third of its own; then a token of each in one batch.
    private static List<float> LogprobsOf(LlamaCppBackend backend)
    {
        var logprobs = new List<float>();
        using var sampler = backend.CreateSampler(new SamplerOptions(0, 1, 1) { TopLogprobs = backend.Model.VocabularySize });
        Decode([.. Enumerable.Range(0, 90).Select(i => new BatchToken(3 + (i * 7 % 250), i, 0, Logits: i == 89))]);
        backend.CopyCells(0, 1, 0, 60);
        Decode([
            .. Enumerable.Range(60, 9).Select(i => new BatchToken(3 + (i * 11 % 250), i, 1, Logits: i == 68)),
            .. Enumerable.Range(0, 33).Select(i => new BatchToken(3 + (i * 13 % 250), i, 2, Logits: i == 32)),
        ]);
        Decode([new BatchToken(70, 90, 0, Logits: true), new BatchToken(71, 69, 1, Logits: true), new BatchToken(72, 33, 2, Logits: true)]);
        backend.RemoveCells(0, 0, -1);
        backend.RemoveCells(1, 0, -1);
        backend.RemoveCells(2, 0, -1);
        return logprobs;

        void Decode(BatchToken[] batch)
        {
            Assert.Equal(DecodeStatus.Done, backend.Decode(batch));
            for (var i = 0; i < batch.Length; i++)
            {
                if (!batch[i].Logits)
                    continue;
                backend.Sample(sampler, i);
                logprobs.AddRange(sampler.Logprobs!.Top.OrderBy(top => top.Token).Select(top => top.Logprob));
            }
        }
    }
}
