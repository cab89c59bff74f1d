using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Zakenak.Gateway.Limits;

/// <summary>Limits of one tenant, key or model, in the file of keys or under <c>Limits:Models</c>; what is absent has the default.</summary>
internal record LimitSet
{
    [JsonPropertyName("requests_per_minute")]
    [Range(1, LimitsOptions.MaxRequestsPerMinute)]
    public int? RequestsPerMinute { get; init; }

    [JsonPropertyName("tokens_per_minute")]
    [Range(1, LimitsOptions.MaxTokensPerMinute)]
    public long? TokensPerMinute { get; init; }

    [JsonPropertyName("concurrent_requests")]
    [Range(1, LimitsOptions.MaxConcurrentRequests)]
    public int? ConcurrentRequests { get; init; }

    /// <summary>Longest completion of a request that names no bound, in tokens.</summary>
    [JsonPropertyName("default_max_tokens")]
    [Range(1, LimitsOptions.MaxDefaultTokens)]
    public int? DefaultMaxTokens { get; init; }

    /// <summary>The first member that is out of its range, by its name in the file, and the range.</summary>
    public (string Member, string Range)? Fault() =>
        RequestsPerMinute is < 1 or > LimitsOptions.MaxRequestsPerMinute ? ("requests_per_minute", $"1..{LimitsOptions.MaxRequestsPerMinute}")
        : TokensPerMinute is < 1 or > LimitsOptions.MaxTokensPerMinute ? ("tokens_per_minute", $"1..{LimitsOptions.MaxTokensPerMinute}")
        : ConcurrentRequests is < 1 or > LimitsOptions.MaxConcurrentRequests ? ("concurrent_requests", $"1..{LimitsOptions.MaxConcurrentRequests}")
        : DefaultMaxTokens is < 1 or > LimitsOptions.MaxDefaultTokens ? ("default_max_tokens", $"1..{LimitsOptions.MaxDefaultTokens}")
        : null;
}
