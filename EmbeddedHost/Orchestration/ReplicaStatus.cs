using EmbeddedHost.Health;

namespace EmbeddedHost.Orchestration;

/// <summary>One process of a resource, as it is now.</summary>
internal sealed record ReplicaStatus
{
    public required ReplicaState State { get; init; }

    /// <summary>Why it is in this state, where that is not obvious.</summary>
    public string? Reason { get; init; }

    public int? ProcessId { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>How often it was started again after an unexpected end.</summary>
    public int Restarts { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    public IReadOnlyList<HealthReport> Health { get; init; } = [];

    public bool IsReady => State == ReplicaState.Running;

    public bool HasProcess => State is ReplicaState.Running or ReplicaState.Unhealthy || (State is ReplicaState.Starting or ReplicaState.Stopping && ProcessId is not null);
}
