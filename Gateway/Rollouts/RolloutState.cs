using System.Text.Json.Serialization;

namespace Zakenak.Gateway.Rollouts;

/// <summary>Where a rollout is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RolloutState>))]
internal enum RolloutState
{
    /// <summary>It goes on by itself, or waits to be taken on.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>It stays at its step until it is resumed.</summary>
    [JsonStringEnumMemberName("paused")]
    Paused,

    /// <summary>The candidate has all traffic.</summary>
    [JsonStringEnumMemberName("promoted")]
    Promoted,

    /// <summary>The version before has all traffic again.</summary>
    [JsonStringEnumMemberName("rolled_back")]
    RolledBack,

    /// <summary>The same, and nothing was wrong with the candidate that the gateway or an administrator said.</summary>
    [JsonStringEnumMemberName("aborted")]
    Aborted,
}
