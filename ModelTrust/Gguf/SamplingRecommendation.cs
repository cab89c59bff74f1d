namespace Zakenak.ModelTrust.Gguf;

/// <summary>How the model's maker would have its tokens chosen, as far as the file says so in a usable way.</summary>
/// <param name="Temperature">0 (greedy) to 2, the range a client may ask for too; null where there is none.</param>
/// <param name="TopP">Nucleus mass, 0 to 1; null where there is none.</param>
/// <param name="IgnoredKeys">Keys that are there but hold no float32 in range. They are advice: a model that can be served isn't refused for them.</param>
public sealed record SamplingRecommendation(float? Temperature, float? TopP, IReadOnlyList<string> IgnoredKeys)
{
    /// <summary>Names as in llama.cpp (<c>LLM_KV_GENERAL_SAMPLING_TEMP</c>), which writes both as float32.</summary>
    public const string TemperatureKey = "general.sampling.temp";

    /// <summary>See <see cref="TemperatureKey"/>.</summary>
    public const string TopPKey = "general.sampling.top_p";

    internal static SamplingRecommendation Of(IReadOnlyDictionary<string, GgufValue> metadata)
    {
        var ignored = new List<string>();
        return new SamplingRecommendation(Number(TemperatureKey, 2), Number(TopPKey, 1), ignored);

        float? Number(string key, float max)
        {
            if (!metadata.TryGetValue(key, out var value))
            {
                return null;
            }

            // NaN is in no range.
            if (value is { Type: GgufValueType.F32, Real: >= 0 and var number } && number <= max)
            {
                return (float)number;
            }

            ignored.Add(key);
            return null;
        }
    }
}
