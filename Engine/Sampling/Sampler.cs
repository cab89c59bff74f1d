using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.Sampling;

/// <summary>A chain of native samplers, the last of which picks the token, and the grammar that its choice must keep to.</summary>
internal sealed class Sampler : ISampler
{
    // llama.cpp takes this value for "seed me from the clock".
    private const uint RandomSeed = 0xFFFFFFFF;

    // Below it the logits divided by the temperature leave the range of a float; long before, only the best token is left.
    private const float LeastTemperature = 1e-5f;

    // How far back the penalties look. A ring of this size is kept for each sequence that asks for them.
    private const int PenaltyTokens = 4096;

    private Sampler(NativeSampler chain, GrammarGate? grammar, int? topLogprobs) => (Chain, Grammar, TopLogprobs) = (chain, grammar, topLogprobs);

    public NativeSampler Chain { get; }

    public GrammarGate? Grammar { get; }

    public int? TopLogprobs { get; }

    public TokenLogprobs? Logprobs { get; set; }

    /// <summary>Puts together what the options ask for; <paramref name="newChain"/> makes an empty chain.</summary>
    public static Sampler Create(SamplerOptions options, Vocabulary vocabulary, Func<NativeSampler> newChain)
    {
        Check(options, vocabulary);
        var grammar = options.Grammar is { } constraint ? GrammarGate.Create(constraint, vocabulary) : null;
        var chain = newChain();
        Fill(chain, options, vocabulary.Size);
        return new Sampler(chain, grammar, options.TopLogprobs);
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
    private static void Fill(NativeSampler chain, SamplerOptions options, int vocabularySize)
    {
        if (options.LogitBias is { Count: > 0 } biases)
            chain.AddLogitBias(vocabularySize, biases);
        if (options.RepetitionPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0)
            chain.AddPenalties(vocabularySize, PenaltyTokens, options.RepetitionPenalty, options.FrequencyPenalty, options.PresencePenalty);
        if (options.Temperature < LeastTemperature)
        {
            chain.AddGreedy();
            return;
        }

        if (options.TopK > 0)
            chain.AddTopK(options.TopK);
        if (options.TopP < 1)
            chain.AddTopP(options.TopP);
        if (options.MinP > 0)
            chain.AddMinP(options.MinP);
        chain.AddTemperature(options.Temperature);
        chain.AddDistribution(options.Seed == RandomSeed ? 0 : options.Seed);
    }
}
