using Zakenak.Contracts;

namespace Zakenak.Gateway.Rollouts;

/// <summary>One model's way from one version to another, as it is stored. Never changes; each change is another one.</summary>
internal sealed record Rollout
{
    public required string Id { get; init; }

    public required string Model { get; init; }

    /// <summary>The stable version.</summary>
    public required string From { get; init; }

    /// <summary>The candidate.</summary>
    public required string To { get; init; }

    /// <summary>Whether the two are compared: not in a switch of all traffic at once.</summary>
    public required bool IsCanary { get; init; }

    public required IReadOnlyList<RolloutStep> Steps { get; init; }

    public required RolloutGuard Guard { get; init; }

    public required bool Automatic { get; init; }

    public RolloutState State { get; init; }

    /// <summary>Index of the step.</summary>
    public int Step { get; init; }

    /// <summary>At that step, pauses apart; at most a few seconds behind.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The last change: <c>started</c>, <c>advanced</c>, <c>paused</c>, <c>resumed</c>, or the state that it ended in.</summary>
    public string LastChange { get; init; } = "started";

    /// <summary>Why it was made.</summary>
    public required string Reason { get; init; }

    public required string By { get; init; }

    /// <summary>For people: no decision is made by it.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>For people: no decision is made by it.</summary>
    public required DateTimeOffset Changed { get; init; }

    /// <summary>How the stable version did at the last step that left it traffic; null before.</summary>
    public ArmStatistics? Reference { get; init; }

    public bool IsUnderWay => State is RolloutState.Running or RolloutState.Paused;

    /// <summary>Share of clients that get the candidate.</summary>
    public double Percent => State switch
    {
        RolloutState.Promoted => 100,
        RolloutState.RolledBack or RolloutState.Aborted => 0,
        _ => Steps[Step].Percent,
    };

    /// <summary>The version that has, or had before, everybody who is not in an experiment.</summary>
    public string Settled => State == RolloutState.Promoted ? To : From;

    /// <summary>At the next step, or promoted after the last.</summary>
    public Rollout Advance(Change change, ArmStatistics? reference = null) => Step + 1 == Steps.Count
        ? Ended(RolloutState.Promoted, change)
        : After(change, "advanced") with { State = RolloutState.Running, Step = Step + 1, Elapsed = TimeSpan.Zero, Reference = reference ?? Reference };

    /// <summary>Over, one way or another.</summary>
    public Rollout Ended(RolloutState state, Change change) => After(change, RolloutMetrics.NameOf(state)) with { State = state };

    public Rollout Paused(Change change) => After(change, "paused") with { State = RolloutState.Paused };

    public Rollout Resumed(Change change) => After(change, "resumed") with { State = RolloutState.Running };

    private Rollout After(Change change, string name) => this with { LastChange = name, By = change.By, Changed = change.At, Reason = change.Reason };

    /// <param name="By">A SPIFFE id, <c>file</c> or <c>gateway</c>.</param>
    internal readonly record struct Change(string By, DateTimeOffset At, string Reason);
}
