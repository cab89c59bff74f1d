namespace Zakenak.Engine;

/// <summary>How to choose the next token.</summary>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="TopP">Nucleus mass, 0 to 1; 1 is off.</param>
/// <param name="Seed">Of the random state.</param>
public sealed record SamplerOptions(float Temperature, float TopP, uint Seed);
