namespace Zakenak.ModelServer.Batching;

/// <summary>What one step came to.</summary>
public enum StepResult
{
    /// <summary>Nothing to do.</summary>
    Idle,

    /// <summary>A batch was decoded and its tokens handed out.</summary>
    Decoded,

    /// <summary>The backend refused the batch; the sequences in it were ended, others go on.</summary>
    BatchFailed,

    /// <summary>The backend can't be used any more.</summary>
    BackendFailed,
}
