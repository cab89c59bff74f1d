using System.Text.Json;

namespace Zakenak.ModelServer.Completions;

/// <summary>The parameters of a request that are read, or known to change nothing here.</summary>
public static class KnownParameters
{
    private const int MaxReported = 16;
    private const int MaxNameLength = 64;

    private static readonly HashSet<string> s_known = new(StringComparer.Ordinal)
    {
        "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "repeat_penalty",
        "frequency_penalty", "presence_penalty", "seed", "stop", "n", "logit_bias", "logprobs", "top_logprobs", "stream", "stream_options",
        "response_format", "tools", "tool_choice", "parallel_tool_calls", "zakenak",

        // Told for bookkeeping; refused where they ask for what isn't there.
        "user", "metadata", "store", "service_tier", "modalities", "functions", "function_call", "audio", "prediction", "web_search_options",
        "safety_identifier", "prompt_cache_key",
    };

    /// <summary>Names that aren't known, as far as a header can carry them.</summary>
    public static IReadOnlyList<string> Others(JsonElement root) =>
    [
        .. root.EnumerateObject().Select(member => member.Name).Where(name => !s_known.Contains(name))
            .Select(name => new string([.. name.Take(MaxNameLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '?')]))
            .Take(MaxReported),
    ];
}
