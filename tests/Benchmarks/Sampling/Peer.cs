using Zakenak.Engine;
using Zakenak.Engine.LlamaCpp;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Benchmarks.Sampling;

/// <summary>llama.cpp's own sampling: a chain put together by its functions and asked by <c>llama_sampler_sample</c>, nothing around it.</summary>
internal sealed class Peer : IDisposable
{
    private readonly LlamaModelHandle _model;
    private readonly LlamaContextHandle _context;

    public Peer(string path, EngineOptions options)
    {
        _model = ModelLoading.OpenModel(path, options);
        _context = ModelLoading.CreateContext(_model, options);
        if (new DecodeBatch(1, options.NativeKernels).Decode(_context, [new BatchToken(1, 0, 0, Logits: true)]) != DecodeStatus.Done)
        {
            throw new InvalidOperationException("llama.cpp could not decode.");
        }
    }

    public LlamaSamplerHandle Chain(SamplerOptions options, int vocabulary)
    {
        var chain = new LlamaSamplerHandle(Llama.SamplerChainInit(new LlamaSamplerChainParams { NoPerf = 1 }));
        if (options.Grammar is { } grammar)
        {
            Llama.SamplerChainAdd(chain, Llama.SamplerGrammar(Llama.GetVocab(_model), grammar.Gbnf, "root"));
        }

        if (options.RepetitionPenalty != 1)
        {
            Llama.SamplerChainAdd(chain, Llama.SamplerPenalties(vocabulary, 4096, options.RepetitionPenalty, options.FrequencyPenalty, options.PresencePenalty));
        }

        if (options.Temperature == 0)
        {
            Llama.SamplerChainAdd(chain, Llama.SamplerGreedy());
            return chain;
        }

        if (options.TopK > 0)
        {
            Llama.SamplerChainAdd(chain, Llama.SamplerTopK(options.TopK));
            Llama.SamplerChainAdd(chain, Llama.SamplerTopP(options.TopP, 1));
            Llama.SamplerChainAdd(chain, Llama.SamplerMinP(options.MinP, 1));
        }

        Llama.SamplerChainAdd(chain, Llama.SamplerTemperature(options.Temperature));
        Llama.SamplerChainAdd(chain, Llama.SamplerDist(options.Seed));
        return chain;
    }

    public int Sample(LlamaSamplerHandle chain) => Llama.SamplerSample(chain, _context, 0);

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }
}
