using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>The parameters of each kind of request that are read, or known to change nothing here, and what becomes of the others.</summary>
public static class KnownParameters
{
    private const int MaxReported = 16;
    private const int MaxNameLength = 64;

    /// <summary>Names by place: nothing for the request itself, <c>[]</c> for every item of an array.</summary>
    public static IReadOnlyDictionary<string, string[]> OfEmbeddings { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [""] = ["model", "input", "encoding_format", "dimensions", "user"],
    };

    public static IReadOnlyDictionary<string, string[]> OfTokenize { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [""] = ["model", "input", "messages", "tools", "tool_choice", "parallel_tool_calls", "chat_template_kwargs"],
    };

    public static IReadOnlyDictionary<string, string[]> OfChat { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [""] =
        [
            "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "repeat_penalty",
            "frequency_penalty", "presence_penalty", "seed", "stop", "n", "logit_bias", "logprobs", "top_logprobs", "stream", "stream_options",
            "response_format", "tools", "tool_choice", "parallel_tool_calls", "chat_template_kwargs", "zakenak",

            // Told for bookkeeping; refused where they ask for what isn't there.
            "user", "metadata", "store", "service_tier", "modalities", "functions", "function_call", "audio", "prediction", "web_search_options",
            "safety_identifier", "prompt_cache_key",
        ],
        ["stream_options"] = ["include_usage", "include_obfuscation"],
        ["zakenak"] = ["features", "priority", "cache_scope"],
        ["zakenak.features"] = ["entity", "refs"],
        ["response_format"] = ["type", "json_schema"],
        ["response_format.json_schema"] = ["name", "description", "strict", "schema"],
        ["tools[]"] = ["type", "function"],
        ["tools[].function"] = ["name", "description", "parameters", "strict"],
        ["tool_choice"] = ["type", "function"],

        // An answer comes back as a turn of the conversation, with all that answers have.
        ["messages[]"] = ["role", "content", "name", "tool_calls", "tool_call_id", "refusal", "annotations", "audio", "function_call"],
    };

    /// <summary>Names that aren't known, each with its place, as far as a header can carry them.</summary>
    public static IReadOnlyList<string> Others(JsonElement root, IReadOnlyDictionary<string, string[]> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        return [.. Others(root, known, string.Empty, string.Empty).Take(MaxReported)];
    }

    private static IEnumerable<string> Others(JsonElement given, IReadOnlyDictionary<string, string[]> known, string place, string path) => given.ValueKind switch
    {
        JsonValueKind.Object when known.TryGetValue(place, out var names) => given.EnumerateObject().SelectMany(member => !names.Contains(member.Name)
            ? [Below(path, Plain(member.Name))]
            : Others(member.Value, known, Below(place, member.Name), Below(path, member.Name))),
        JsonValueKind.Array when known.ContainsKey(place + "[]") => given.EnumerateArray().Index().SelectMany(item => Others(item.Item, known, place + "[]", $"{path}[{item.Index}]")),
        _ => [],
    };

    private static string Below(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";

    private static string Plain(string name) => new([.. name.Take(MaxNameLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '?')]);

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
