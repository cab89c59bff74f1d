namespace Zakenak.Engine;

/// <summary>How a decode ended.</summary>
public enum DecodeStatus
{
    /// <summary>Logits are there.</summary>
    Done,

    /// <summary>No free KV cells for the batch; nothing was decoded.</summary>
    OutOfCells,

    /// <summary>The native library failed; the context can't be trusted any more.</summary>
    Failed,
}
