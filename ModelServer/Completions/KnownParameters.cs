using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>The parameters of each kind of request that are read, or known to change nothing here, and what becomes of the others.</summary>
public static class KnownParameters
{
    private const int MaxReported = 16;
    private const int MaxNameLength = 64;

    public static IReadOnlySet<string> OfEmbeddings { get; } = new HashSet<string>(StringComparer.Ordinal) { "model", "input", "encoding_format", "dimensions", "user" };

    public static IReadOnlySet<string> OfTokenize { get; } = new HashSet<string>(StringComparer.Ordinal) { "model", "input", "messages" };

    public static IReadOnlySet<string> OfChat { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "repeat_penalty",
        "frequency_penalty", "presence_penalty", "seed", "stop", "n", "logit_bias", "logprobs", "top_logprobs", "stream", "stream_options",
        "response_format", "tools", "tool_choice", "parallel_tool_calls", "zakenak",

        // Told for bookkeeping; refused where they ask for what isn't there.
        "user", "metadata", "store", "service_tier", "modalities", "functions", "function_call", "audio", "prediction", "web_search_options",
        "safety_identifier", "prompt_cache_key",
    };

    /// <summary>Names that aren't known, as far as a header can carry them.</summary>
    public static IReadOnlyList<string> Others(JsonElement root, IReadOnlySet<string> known) =>
    [
        .. root.EnumerateObject().Select(member => member.Name).Where(name => !known.Contains(name))
            .Select(name => new string([.. name.Take(MaxNameLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '?')]))
            .Take(MaxReported),
    ];

    /// <summary>Names them in a header of the answer; in strict mode the first is refused.</summary>
    public static Refusal? Report(HttpContext context, IReadOnlyList<string> others, CompletionsOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(others);
        ArgumentNullException.ThrowIfNull(options);
        if (others.Count == 0)
        {
            return null;
        }

        if (options.RefuseUnknownParameters)
        {
            return new Refusal(StatusCodes.Status400BadRequest, "unknown_parameter", $"'{others[0]}' is not a parameter that this server knows.", others[0]);
        }

        context.Response.Headers[HeaderNames.IgnoredParameters] = string.Join(',', others);
        return null;
    }
}
