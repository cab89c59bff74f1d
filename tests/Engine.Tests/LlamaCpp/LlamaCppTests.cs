using Zakenak.Engine.Attention;
using Zakenak.Engine.Cells;
using Zakenak.Engine.LlamaCpp;

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

    [Fact]
    public void Attention_of_our_own_and_llama_cpps_agree()
    {
        Assert.SkipUnless(AttentionKernel.IsSupported, "This processor has no AVX-512.");
        using var native = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024, NativeAttention = true }, model.Path);
        foreach (var threads in (int[])[1, 2])
        {
            using var own = LlamaCppBackend.Load(new EngineOptions { Threads = threads, ContextTokens = 1024 }, model.Path);
            Assert.False(own.Model.ScansAllCells);
            Assert.Equal(int.MaxValue, own.Model.TokensPerCell);
            Assert.All(LogprobsOf(native).Zip(LogprobsOf(own)), pair => Assert.InRange(pair.First - pair.Second, -0.02f, 0.02f));
        }
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
