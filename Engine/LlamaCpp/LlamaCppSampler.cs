using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>A chain of llama.cpp's samplers, the last of which picks the token, and the grammar that its choice must keep to.</summary>
internal sealed unsafe class LlamaCppSampler : ISampler
{
    // llama.cpp takes this value for "seed me from the clock".
    private const uint RandomSeed = 0xFFFFFFFF;

    // Below it the logits divided by the temperature leave the range of a float; long before, only the best token is left.
    private const float LeastTemperature = 1e-5f;

    // How far back the penalties look. A ring of this size is kept for each sequence that asks for them.
    private const int PenaltyTokens = 4096;

    private LlamaCppSampler(LlamaSamplerHandle chain, GrammarGate? grammar, int? topLogprobs) => (Chain, Grammar, TopLogprobs) = (chain, grammar, topLogprobs);

    public LlamaSamplerHandle Chain { get; }

    public GrammarGate? Grammar { get; }

    public int? TopLogprobs { get; }

    public TokenLogprobs? Logprobs { get; set; }

    public static LlamaCppSampler Create(SamplerOptions options, Vocabulary vocabulary)
    {
        Check(options, vocabulary);
        var grammar = options.Grammar is { } constraint ? GrammarGate.Create(constraint, vocabulary) : null;
        var chain = new LlamaSamplerHandle(Llama.SamplerChainInit(new LlamaSamplerChainParams { NoPerf = 1 }));
        foreach (var sampler in Samplers(options, vocabulary))
            Llama.SamplerChainAdd(chain, sampler);
        return new LlamaCppSampler(chain, grammar, options.TopLogprobs);
    }

    public void Dispose()
    {
        Chain.Dispose();
        Grammar?.Dispose();
    }

    private static void Check(SamplerOptions options, Vocabulary vocabulary)
    {
        Check(float.IsFinite(options.Temperature) && options.Temperature >= 0, options.Temperature, "Temperature must be finite and not negative.");
        Check(options.TopP is >= 0 and <= 1, options.TopP, "TopP must be between 0 and 1.");
        Check(options.TopK >= 0, options.TopK, "TopK must not be negative.");
        Check(options.MinP is >= 0 and <= 1, options.MinP, "MinP must be between 0 and 1.");
        Check(float.IsFinite(options.RepetitionPenalty) && options.RepetitionPenalty > 0, options.RepetitionPenalty, "RepetitionPenalty must be finite and above 0.");
        Check(float.IsFinite(options.FrequencyPenalty), options.FrequencyPenalty, "FrequencyPenalty must be finite.");
        Check(float.IsFinite(options.PresencePenalty), options.PresencePenalty, "PresencePenalty must be finite.");
        foreach (var (token, bias) in options.LogitBias ?? new Dictionary<int, float>())
            Check((uint)token < (uint)vocabulary.Size && float.IsFinite(bias), token, "LogitBias must be finite and of known tokens.");

        static void Check(bool sound, object value, string message)
        {
            if (!sound)
                throw new ArgumentOutOfRangeException(nameof(options), value, message);
        }
    }

    // In the order in which they are applied: llama.cpp's own.
    private static List<nint> Samplers(SamplerOptions options, Vocabulary vocabulary)
    {
        var samplers = new List<nint>();
        if (options.LogitBias is { Count: > 0 } given)
        {
            LlamaLogitBias[] biases = [.. given.Select(pair => new LlamaLogitBias { Token = pair.Key, Bias = pair.Value })];
            fixed (LlamaLogitBias* pointer = biases)
                samplers.Add(Llama.SamplerLogitBias(vocabulary.Size, biases.Length, pointer));
        }

        if (options.RepetitionPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0)
            samplers.Add(Llama.SamplerPenalties(vocabulary.Size, PenaltyTokens, options.RepetitionPenalty, options.FrequencyPenalty, options.PresencePenalty));
        if (options.Temperature < LeastTemperature)
        {
            samplers.Add(Llama.SamplerGreedy());
            return samplers;
        }

        if (options.TopK > 0)
            samplers.Add(Llama.SamplerTopK(options.TopK));
        if (options.TopP < 1)
            samplers.Add(Llama.SamplerTopP(options.TopP, minKeep: 1));
        if (options.MinP > 0)
            samplers.Add(Llama.SamplerMinP(options.MinP, minKeep: 1));
        samplers.Add(Llama.SamplerTemperature(options.Temperature));
        samplers.Add(Llama.SamplerDist(options.Seed == RandomSeed ? 0 : options.Seed));
        return samplers;
    }
}
