namespace Zakenak.ModelServer.Batching;

/// <summary>Where a sequence is on its way from the queue to its end. Being put back is the only step that leads backwards.</summary>
public enum SequenceState
{
    /// <summary>In the queue: no id, no cells.</summary>
    Waiting,

    /// <summary>Has an id; some of its known tokens are still to be decoded.</summary>
    Prefill,

    /// <summary>All but its last token are decoded; it makes one token per step.</summary>
    Decode,

    /// <summary>Ended, once and for good; id and cells are given back.</summary>
    Ended,
}
