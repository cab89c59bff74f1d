namespace Zakenak.ModelServer.Loading;

/// <summary>How tokens are chosen for a request that doesn't say so: as the model's maker recommends, else as OpenAI's API does.</summary>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="TopP">Nucleus mass, 0 to 1; 1 is off.</param>
public sealed record SamplingDefaults(float Temperature = 1, float TopP = 1);
