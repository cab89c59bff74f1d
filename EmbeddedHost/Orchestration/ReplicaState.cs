namespace EmbeddedHost.Orchestration;

/// <summary>Where one process of a resource stands.</summary>
internal enum ReplicaState
{
    /// <summary>Something it waits for is not ready.</summary>
    Waiting,

    /// <summary>The process is being started, or runs and has not been healthy yet.</summary>
    Starting,

    /// <summary>The process runs and all its checks pass.</summary>
    Running,

    /// <summary>The process runs; it was healthy before and is not now.</summary>
    Unhealthy,

    /// <summary>The process ended unexpectedly; the next start comes after a delay.</summary>
    Backoff,

    /// <summary>The process was asked to stop.</summary>
    Stopping,

    /// <summary>The process was stopped on request.</summary>
    Stopped,

    /// <summary>Several starts in a row failed, or there was nothing to start. The next try comes after a delay.</summary>
    FailedToStart,

    /// <summary>The program ended by itself with success; it is not started again.</summary>
    Exited,
}
