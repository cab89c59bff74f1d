namespace Zakenak.Engine.Sampling;

/// <summary>A chain of the native library's samplers, or its grammar.</summary>
internal abstract class NativeSampler : IDisposable
{
    public abstract void AddLogitBias(int vocabularySize, IReadOnlyDictionary<int, float> biases);

    public abstract void AddPenalties(int vocabularySize, int lastTokens, float repetition, float frequency, float presence);

    public abstract void AddTopK(int k);

    public abstract void AddTopP(float p);

    public abstract void AddMinP(float p);

    public abstract void AddTemperature(float temperature);

    public abstract void AddGreedy();

    public abstract void AddDistribution(uint seed);

    /// <summary>Rates the candidates in place and returns the token that was picked; -1 where nothing in it picks one, as in a grammar.</summary>
    public abstract int Apply(Span<Candidate> candidates);

    /// <summary>Moves on by a token.</summary>
    public abstract void Accept(int token);

    /// <summary>One in the same state.</summary>
    public abstract NativeSampler Clone();

    public abstract void Dispose();
}
