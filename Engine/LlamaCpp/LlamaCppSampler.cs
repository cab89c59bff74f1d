using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.Sampling;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>A chain of llama.cpp's samplers, or one of its grammars.</summary>
internal sealed unsafe class LlamaCppSampler(nint sampler) : NativeSampler
{
    private readonly LlamaSamplerHandle _handle = new(sampler);

    public LlamaSamplerHandle Handle => _handle;

    public static LlamaCppSampler NewChain() => new(Llama.SamplerChainInit(new LlamaSamplerChainParams { NoPerf = 1 }));

    public override void AddLogitBias(int vocabularySize, IReadOnlyDictionary<int, float> biases)
    {
        LlamaLogitBias[] given = [.. biases.Select(pair => new LlamaLogitBias { Token = pair.Key, Bias = pair.Value })];
        fixed (LlamaLogitBias* pointer = given)
            Add(Llama.SamplerLogitBias(vocabularySize, given.Length, pointer));
    }

    public override void AddPenalties(int vocabularySize, int lastTokens, float repetition, float frequency, float presence) =>
        Add(Llama.SamplerPenalties(vocabularySize, lastTokens, repetition, frequency, presence));

    public override void AddTopK(int k) => Add(Llama.SamplerTopK(k));

    public override void AddTopP(float p) => Add(Llama.SamplerTopP(p, minKeep: 1));

    public override void AddMinP(float p) => Add(Llama.SamplerMinP(p, minKeep: 1));

    public override void AddTemperature(float temperature) => Add(Llama.SamplerTemperature(temperature));

    public override void AddGreedy() => Add(Llama.SamplerGreedy());

    public override void AddDistribution(uint seed) => Add(Llama.SamplerDist(seed));

    public override int Apply(Span<Candidate> candidates)
    {
        fixed (Candidate* data = candidates)
        {
            var array = new LlamaTokenDataArray { Data = data, Count = (nuint)candidates.Length, Selected = -1 };
            Llama.SamplerApply(_handle, &array);
            return array.Selected < 0 ? -1 : array.Data[array.Selected].Token;
        }
    }

    public override void Accept(int token) => Llama.SamplerAccept(_handle, token);

    public override NativeSampler Clone() => new LlamaCppSampler(Llama.SamplerClone(_handle));

    public override void Dispose() => _handle.Dispose();

    private void Add(nint sampler) => Llama.SamplerChainAdd(_handle, sampler);
}
