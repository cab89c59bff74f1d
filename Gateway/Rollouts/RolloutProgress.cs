namespace Zakenak.Gateway.Rollouts;

/// <summary>What the last comparison of a step saw.</summary>
/// <param name="Stable">Null where there is nothing to compare with.</param>
internal sealed record RolloutProgress(ArmStatistics? Stable, ArmStatistics Candidate, TimeSpan Elapsed, string Reason);
