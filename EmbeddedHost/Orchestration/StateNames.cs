namespace EmbeddedHost.Orchestration;

/// <summary>How states are written for people.</summary>
internal static class StateNames
{
    public static string Of(ReplicaState state) => state switch
    {
        ReplicaState.Waiting => "waiting",
        ReplicaState.Starting => "starting",
        ReplicaState.Running => "running",
        ReplicaState.Unhealthy => "unhealthy",
        ReplicaState.Backoff => "restarting",
        ReplicaState.Stopping => "stopping",
        ReplicaState.Stopped => "stopped",
        ReplicaState.FailedToStart => "failed to start",
        ReplicaState.Exited => "finished",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
