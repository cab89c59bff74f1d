using System.Globalization;
using System.Text.Json;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads the parameters that say how tokens are chosen and what is told about the choice.</summary>
public static class SamplingParser
{
    private const int MaxBiases = 1024;

    /// <summary>The request with them; what is wrong is remembered by <paramref name="fields"/>.</summary>
    public static ChatRequest Read(JsonFields fields, ChatRequest request)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(request);
        return request with
        {
            Temperature = (float?)fields.Number("temperature", 0, 2),
            TopP = (float?)fields.Number("top_p", 0, 1),
            TopK = (int?)fields.WholeNumber("top_k", 0, int.MaxValue) ?? 0,
            MinP = (float?)fields.Number("min_p", 0, 1) ?? 0,
            RepetitionPenalty = (float?)(fields.Number("repetition_penalty", 0.01, 10) ?? fields.Number("repeat_penalty", 0.01, 10)) ?? 1,
            FrequencyPenalty = (float?)fields.Number("frequency_penalty", -2, 2) ?? 0,
            PresencePenalty = (float?)fields.Number("presence_penalty", -2, 2) ?? 0,
            LogitBias = LogitBias(fields),
            TopLogprobs = TopLogprobs(fields),
        };
    }

    private static Dictionary<int, float>? LogitBias(JsonFields fields)
    {
        if (fields.Nested("logit_bias") is not { } biases)
        {
            return null;
        }

        if (biases.GetPropertyCount() > MaxBiases)
        {
            fields.Refuse("logit_bias", $"must have at most {MaxBiases} members");
            return null;
        }

        var result = new Dictionary<int, float>();
        foreach (var bias in biases.EnumerateObject())
        {
            if (int.TryParse(bias.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
                && bias.Value.ValueKind == JsonValueKind.Number && bias.Value.TryGetDouble(out var value) && value is >= -100 and <= 100)
            {
                result[token] = (float)value;
            }
            else
            {
                fields.Refuse("logit_bias", "must map token ids to numbers from -100 to 100");
            }
        }

        return result;
    }

    private static int? TopLogprobs(JsonFields fields)
    {
        var top = fields.WholeNumber("top_logprobs", 0, 20);
        var wanted = fields.Boolean("logprobs") ?? false;
        if (top is not null && !wanted)
        {
            fields.Refuse("top_logprobs", "is allowed only with 'logprobs': true");
        }

        return wanted ? (int)(top ?? 0) : null;
    }
}
