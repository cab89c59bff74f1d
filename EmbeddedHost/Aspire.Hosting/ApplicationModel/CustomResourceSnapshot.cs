using System.Collections.Immutable;
using EmbeddedHost.Orchestration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource's state at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    public HealthStatus? HealthStatus { get; private init; }

    public ImmutableArray<HealthReportSnapshot> HealthReports { get; private init; } = [];

    public int? ExitCode { get; init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    internal static CustomResourceSnapshot Of(IResource resource, ReplicaStatus status) => new()
    {
        ResourceType = resource is ProjectResource ? "Project" : "Executable",
        State = status.State switch
        {
            ReplicaState.Waiting => KnownResourceStates.Waiting,
            ReplicaState.Starting => KnownResourceStates.Starting,
            ReplicaState.Running or ReplicaState.Unhealthy => KnownResourceStates.Running,
            ReplicaState.Stopping => KnownResourceStates.Stopping,
            ReplicaState.FailedToStart => KnownResourceStates.FailedToStart,
            ReplicaState.Backoff or ReplicaState.Stopped => KnownResourceStates.Exited,
            ReplicaState.Exited => KnownResourceStates.Finished,
            _ => throw new InvalidOperationException(status.State.ToString()),
        },
        HealthStatus = status.State switch
        {
            ReplicaState.Running => Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy,
            ReplicaState.Unhealthy => Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy,
            _ => null,
        },
        HealthReports = [.. status.Health.Select(report => new HealthReportSnapshot(
            report.Url,
            report.IsHealthy ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy : Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy,
            report.Reason,
            null))],
        ExitCode = status.ExitCode,
        StartTimeStamp = status.StartedAt?.UtcDateTime,
        StopTimeStamp = status.StoppedAt?.UtcDateTime,
    };
}

/// <summary>A state by its name.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, null);
}

/// <summary>What one health check said.</summary>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText);
