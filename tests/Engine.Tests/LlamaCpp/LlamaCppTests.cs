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
}
