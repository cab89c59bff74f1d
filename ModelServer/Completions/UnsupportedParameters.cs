using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Parameters of OpenAI's that would change the answer and aren't supported: allowed only with the value that changes nothing.</summary>
public static class UnsupportedParameters
{
    private static readonly string[] s_never =
        ["functions", "function_call", "tool_choice", "audio", "prediction", "web_search_options", "top_logprobs"];

    /// <summary>The first that is asked for; null where none is.</summary>
    public static Refusal? Find(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.WholeNumber("n", 1, 128);
        fields.Number("frequency_penalty", -2, 2);
        fields.Number("presence_penalty", -2, 2);
        fields.Boolean("logprobs");
        if (fields.Refusal is { } wrong)
        {
            return wrong;
        }

        if (fields.TryGet("n", out var n) && n.GetInt64() != 1)
        {
            return RequestRefusals.Unsupported("n", "Only one answer per request is supported.");
        }

        foreach (var penalty in (ReadOnlySpan<string>)["frequency_penalty", "presence_penalty"])
        {
            if (fields.TryGet(penalty, out var value) && value.GetDouble() != 0)
            {
                return RequestRefusals.Unsupported(penalty, $"'{penalty}' is not supported.");
            }
        }

        if (fields.TryGet("logprobs", out var logprobs) && logprobs.GetBoolean())
        {
            return RequestRefusals.Unsupported("logprobs", "Log probabilities are not supported.");
        }

        if (fields.TryGet("tools", out var tools) && !IsEmptyArray(tools))
        {
            return RequestRefusals.Unsupported("tools", "Tools are not supported.");
        }

        if (fields.TryGet("logit_bias", out var bias) && !(bias.ValueKind == JsonValueKind.Object && !bias.EnumerateObject().MoveNext()))
        {
            return RequestRefusals.Unsupported("logit_bias", "'logit_bias' is not supported.");
        }

        if (fields.TryGet("response_format", out var format) && !Says(format, "type", "text"))
        {
            return RequestRefusals.Unsupported("response_format", "Only text answers are supported.");
        }

        if (fields.TryGet("modalities", out var modalities) && !IsTextOnly(modalities))
        {
            return RequestRefusals.Unsupported("modalities", "Only text answers are supported.");
        }

        return s_never.FirstOrDefault(name => fields.TryGet(name, out _)) is { } never
            ? RequestRefusals.Unsupported(never, $"'{never}' is not supported.")
            : null;
    }

    private static bool IsEmptyArray(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    private static bool IsTextOnly(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => JsonFields.TryGetText(item, out var text) && text == "text");

    private static bool Says(JsonElement value, string name, string expected) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var field)
        && JsonFields.TryGetText(field, out var text) && text == expected;
}
