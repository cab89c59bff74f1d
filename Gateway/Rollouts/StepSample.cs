namespace Zakenak.Gateway.Rollouts;

/// <summary>What both versions did in one step.</summary>
internal sealed class StepSample(Rollout rollout)
{
    public string Rollout { get; } = rollout.Id;

    public int Step { get; } = rollout.Step;

    public ArmSample Stable { get; } = new(rollout.From, isCandidate: false);

    public ArmSample Candidate { get; } = new(rollout.To, isCandidate: true);

    /// <summary>Whether it is this one's step.</summary>
    public bool Is(Rollout rollout) => Rollout == rollout.Id && Step == rollout.Step;
}
