namespace Zakenak.ModelServer.Batching;

/// <summary>Where a sequence is on its one way from the queue to its end.</summary>
public enum SequenceState
{
    /// <summary>In the queue: no slot, no cells.</summary>
    Waiting,

    /// <summary>Has a slot; parts of its prompt are still to be decoded.</summary>
    Prefill,

    /// <summary>Its prompt is decoded; it makes one token per step.</summary>
    Decode,

    /// <summary>Ended, once and for good; slot and cells are given back.</summary>
    Ended,
}
