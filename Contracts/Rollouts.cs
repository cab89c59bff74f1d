using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary><c>POST /admin/v1/rollouts</c> of the gateway, and an item of its file of rollouts: take a model's traffic from one version to another.</summary>
public sealed record RolloutOrder
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("model"), JsonRequired] public required string Model { get; init; }

    /// <summary>The version that traffic goes to, <c>vN</c>.</summary>
    [JsonPropertyName("to"), JsonRequired] public required string To { get; init; }

    /// <summary>The version that it comes from; absent: the one that has it now.</summary>
    [JsonPropertyName("from")] public string? From { get; init; }

    /// <summary><c>canary</c>, which is the default, or <c>blue_green</c>: everything at once, without a comparison.</summary>
    [JsonPropertyName("strategy")] public string? Strategy { get; init; }

    /// <summary>Rising shares, the last of them 100; absent: those of the gateway's settings.</summary>
    [JsonPropertyName("steps")] public IReadOnlyList<RolloutStep>? Steps { get; init; }

    /// <summary>Whether the gateway goes on and back by itself; absent: yes. Back it goes in any case.</summary>
    [JsonPropertyName("automatic")] public bool? Automatic { get; init; }

    /// <summary>Absent: that of the gateway's settings.</summary>
    [JsonPropertyName("guard")] public RolloutGuard? Guard { get; init; }

    /// <summary>In place of the guard's.</summary>
    [JsonPropertyName("min_requests")] public int? MinRequests { get; init; }
}

/// <summary>One step.</summary>
/// <param name="Percent">Share of clients that get the candidate.</param>
/// <param name="WaitSeconds">How long at least, however good it looks.</param>
public sealed record RolloutStep(
    [property: JsonPropertyName("percent"), JsonRequired] double Percent,
    [property: JsonPropertyName("wait_seconds"), JsonRequired] int WaitSeconds);

/// <summary>When the candidate is too bad, and how much must be known before it is judged.</summary>
/// <param name="MinRequests">Of each version in a step.</param>
/// <param name="MaxErrorRatio">The candidate's error rate by the stable version's.</param>
/// <param name="ErrorMargin">A difference of error rates that is borne whatever the ratio; 0.005 is half a percent of requests.</param>
/// <param name="MaxLatencyRatio">The candidate's p95 of latency by the stable version's.</param>
public sealed record RolloutGuard(
    [property: JsonPropertyName("min_requests"), JsonRequired] int MinRequests,
    [property: JsonPropertyName("max_error_ratio"), JsonRequired] double MaxErrorRatio,
    [property: JsonPropertyName("error_margin"), JsonRequired] double ErrorMargin,
    [property: JsonPropertyName("max_latency_ratio"), JsonRequired] double MaxLatencyRatio);

/// <summary><c>GET /admin/v1/rollouts</c>: the newest rollout of each model that ever had one.</summary>
/// <param name="Shared">Whether replicas of the gateway agree; false: each has rollouts of its own.</param>
public sealed record RolloutListing(
    [property: JsonPropertyName("rollouts"), JsonRequired] IReadOnlyList<RolloutStatus> Rollouts,
    [property: JsonPropertyName("shared")] bool Shared);

/// <summary>What became of a rollout so far.</summary>
public sealed record RolloutStatus
{
    [JsonPropertyName("id"), JsonRequired] public required string Id { get; init; }

    [JsonPropertyName("model"), JsonRequired] public required string Model { get; init; }

    [JsonPropertyName("from"), JsonRequired] public required string From { get; init; }

    [JsonPropertyName("to"), JsonRequired] public required string To { get; init; }

    [JsonPropertyName("strategy"), JsonRequired] public required string Strategy { get; init; }

    /// <summary><c>running</c>, <c>paused</c>, <c>promoted</c>, <c>rolled_back</c> or <c>aborted</c>.</summary>
    [JsonPropertyName("state"), JsonRequired] public required string State { get; init; }

    /// <summary>Share of clients that get the candidate now.</summary>
    [JsonPropertyName("percent"), JsonRequired] public required double Percent { get; init; }

    [JsonPropertyName("steps"), JsonRequired] public required IReadOnlyList<RolloutStep> Steps { get; init; }

    /// <summary>The step that it is at, from 1.</summary>
    [JsonPropertyName("step"), JsonRequired] public required int Step { get; init; }

    /// <summary>How long it has been at that step, pauses apart.</summary>
    [JsonPropertyName("elapsed_seconds"), JsonRequired] public required int ElapsedSeconds { get; init; }

    [JsonPropertyName("automatic"), JsonRequired] public required bool Automatic { get; init; }

    [JsonPropertyName("guard"), JsonRequired] public required RolloutGuard Guard { get; init; }

    /// <summary>What the comparison says now, or why the state is what it is.</summary>
    [JsonPropertyName("reason"), JsonRequired] public required string Reason { get; init; }

    /// <summary>Who made the last change: a SPIFFE id, <c>file</c>, or <c>gateway</c> itself.</summary>
    [JsonPropertyName("by"), JsonRequired] public required string By { get; init; }

    [JsonPropertyName("started"), JsonRequired] public required DateTimeOffset Started { get; init; }

    [JsonPropertyName("changed"), JsonRequired] public required DateTimeOffset Changed { get; init; }

    /// <summary>The stable version in this step, or in the step before where this one leaves it no traffic; null where nothing is known.</summary>
    [JsonPropertyName("stable")] public RolloutArm? Stable { get; init; }

    /// <summary>The candidate in this step.</summary>
    [JsonPropertyName("candidate")] public RolloutArm? Candidate { get; init; }
}

/// <summary>How one version did.</summary>
/// <param name="P95Ms">95 % of answers without error took at most this long; null without any.</param>
public sealed record RolloutArm(
    [property: JsonPropertyName("requests"), JsonRequired] long Requests,
    [property: JsonPropertyName("errors"), JsonRequired] long Errors,
    [property: JsonPropertyName("p95_ms")] double? P95Ms);
