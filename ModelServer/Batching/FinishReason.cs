namespace Zakenak.ModelServer.Batching;

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended its answer.</summary>
    Stop,

    /// <summary>The answer has as many tokens as were asked for.</summary>
    Length,

    /// <summary>Whoever asked went away, or has all they need.</summary>
    Cancelled,

    /// <summary>Its turn didn't come in time.</summary>
    Expired,

    /// <summary>A decode failed, or the engine stopped.</summary>
    Failed,
}
