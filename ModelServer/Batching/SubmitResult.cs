namespace Zakenak.ModelServer.Batching;

/// <summary>Whether a sequence was taken in.</summary>
public enum SubmitResult
{
    /// <summary>It will end, one way or another.</summary>
    Accepted,

    /// <summary>Too many wait already, of this tenant or in all; try again later.</summary>
    QueueFull,

    /// <summary>The engine makes no progress.</summary>
    Stalled,

    /// <summary>The engine takes nothing more.</summary>
    Stopped,
}
