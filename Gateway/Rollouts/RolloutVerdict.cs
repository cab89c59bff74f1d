namespace Zakenak.Gateway.Rollouts;

/// <summary>What a comparison says, and in numbers why.</summary>
internal readonly record struct RolloutVerdict(RolloutFinding Finding, string Reason);

/// <summary>How the candidate looks beside the stable version.</summary>
internal enum RolloutFinding
{
    /// <summary>Too little is known.</summary>
    TooFew,

    /// <summary>It is beyond what is borne, but that may be chance.</summary>
    Doubtful,

    /// <summary>It is within what is borne.</summary>
    Good,

    /// <summary>It is beyond what is borne, and hardly by chance.</summary>
    Bad,
}
