namespace Zakenak.Gateway.Rollouts;

/// <summary>What people do with a rollout that there is.</summary>
internal enum RolloutAct
{
    /// <summary>To the next step.</summary>
    Advance,

    /// <summary>To its end at once.</summary>
    Promote,

    Pause,

    Resume,

    /// <summary>Back to the stable version, without a verdict on the candidate.</summary>
    Abort,

    /// <summary>Back to the version before, also after it was promoted.</summary>
    RollBack,
}
