namespace Zakenak.ModelServer.Batching;

/// <summary>Whether a sequence was taken in.</summary>
public enum SubmitResult
{
    /// <summary>It will end, one way or another.</summary>
    Accepted,

    /// <summary>Too many wait already; try again later.</summary>
    QueueFull,

    /// <summary>The engine takes nothing more.</summary>
    Stopped,
}
