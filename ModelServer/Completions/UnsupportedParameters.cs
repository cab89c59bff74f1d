using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Parameters of OpenAI's that would change the answer and aren't supported: allowed only with the value that changes nothing.</summary>
public static class UnsupportedParameters
{
    private static readonly string[] s_never = ["functions", "function_call", "audio", "prediction", "web_search_options"];

    /// <summary>The first that is asked for; null where none is.</summary>
    public static Refusal? Find(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.TryGet("modalities", out var modalities) && !IsTextOnly(modalities))
        {
            return RequestRefusals.Unsupported("modalities", "Only text answers are supported.");
        }

        return s_never.FirstOrDefault(name => fields.TryGet(name, out _)) is { } never
            ? RequestRefusals.Unsupported(never, $"'{never}' is not supported.")
            : null;
    }

    private static bool IsTextOnly(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => JsonFields.TryGetText(item, out var text) && text == "text");
}
