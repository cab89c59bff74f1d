namespace Zakenak.Engine;

/// <summary>How to choose the next token.</summary>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="TopP">Nucleus mass, 0 to 1; 1 is off.</param>
/// <param name="Seed">Of the random state.</param>
public sealed record SamplerOptions(float Temperature, float TopP, uint Seed)
{
    /// <summary>Only so many of the most likely tokens; 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Only tokens at least so likely as the likeliest times this, 0 to 1; 0 is off.</summary>
    public float MinP { get; init; }

    /// <summary>Divides what tokens of the answer so far are rated; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken off a token's logit for each time that it is in the answer; 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Taken off a token's logit if it is in the answer; 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to the logits of tokens.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>How many of the likeliest tokens are reported with each choice; null for no report at all.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>What the answer must look like; null for anything.</summary>
    public GrammarConstraint? Grammar { get; init; }
}
