using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>A chain of llama.cpp's samplers; the last one picks the token.</summary>
internal sealed class LlamaCppSampler : ISampler
{
    // llama.cpp takes this value for "seed me from the clock".
    private const uint RandomSeed = 0xFFFFFFFF;

    // Below it the logits divided by the temperature leave the range of a float; long before, only the best token is left.
    private const float LeastTemperature = 1e-5f;

    private LlamaCppSampler(LlamaSamplerHandle chain) => Chain = chain;

    public LlamaSamplerHandle Chain { get; }

    public static LlamaCppSampler Create(SamplerOptions options)
    {
        if (!float.IsFinite(options.Temperature) || options.Temperature < 0)
            throw new ArgumentOutOfRangeException(nameof(options), options.Temperature, "Temperature must be finite and not negative.");
        if (!(options.TopP is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), options.TopP, "TopP must be between 0 and 1.");

        var chain = new LlamaSamplerHandle(Llama.SamplerChainInit(new LlamaSamplerChainParams { NoPerf = 1 }));
        foreach (var sampler in Samplers(options))
            Llama.SamplerChainAdd(chain, sampler);
        return new LlamaCppSampler(chain);
    }

    public void Dispose() => Chain.Dispose();

    // In the order in which they are applied.
    private static IEnumerable<nint> Samplers(SamplerOptions options)
    {
        if (options.Temperature < LeastTemperature)
        {
            yield return Llama.SamplerGreedy();
            yield break;
        }

        if (options.TopP < 1)
            yield return Llama.SamplerTopP(options.TopP, minKeep: 1);
        yield return Llama.SamplerTemperature(options.Temperature);
        yield return Llama.SamplerDist(options.Seed == RandomSeed ? 0 : options.Seed);
    }
}
