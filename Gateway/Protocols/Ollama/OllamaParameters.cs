using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary>Writes <c>options</c>: those that choose tokens. The others, such as the size of the context, are the operator's to set and told to be ignored.</summary>
internal static class OllamaParameters
{
    /// <summary>Those that are called the same in the one shape.</summary>
    public static string[] SameNames { get; } = ["seed", "temperature", "top_k", "top_p", "min_p", "presence_penalty", "frequency_penalty", "stop"];

    public static void Write(Members request, Utf8JsonWriter json)
    {
        if (request.Take("options", JsonValueKind.Object) is not { } given)
            return;
        var options = new Members(given, "options");
        options.Copy(json, SameNames);
        options.CopyAs("repeat_penalty", "repetition_penalty", json);

        // Negative: as much as there is room for, which is what saying nothing means.
        if (options.Take("num_predict", out var predict) && !(predict.ValueKind == JsonValueKind.Number && predict.TryGetInt64(out var tokens) && tokens < 0))
            Members.Write(json, "max_tokens", predict);
        options.PassUnknown(json);
        request.Refuse(options.Refusal);
    }
}
