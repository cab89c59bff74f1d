using System.Collections.Frozen;

namespace Zakenak.Gateway.Protocols;

/// <summary>What the one shape names: no member of another protocol may come to mean any of these by its name alone.</summary>
internal static class ChatMembers
{
    public static FrozenSet<string> Names { get; } = new[]
    {
        "model", "messages", "input", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens", "stop", "seed", "temperature", "top_p", "top_k",
        "min_p", "repetition_penalty", "repeat_penalty", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "response_format",
        "tools", "tool_choice", "parallel_tool_calls", "chat_template_kwargs", "encoding_format", "dimensions", "zakenak",
    }.ToFrozenSet(StringComparer.Ordinal);
}
