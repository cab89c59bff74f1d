namespace Zakenak.Gateway.Limits;

/// <summary>A budget as headers tell of it.</summary>
/// <param name="Limit">Amount in a minute.</param>
/// <param name="Remaining">What is left of it.</param>
/// <param name="ResetMs">Milliseconds until all that is used is free again; what running requests hold comes on top.</param>
internal readonly record struct Quota(long Limit, long Remaining, long ResetMs)
{
    /// <param name="budget">The budget.</param>
    /// <param name="now">Timestamp.</param>
    /// <param name="frequency">Ticks of the clock in a second.</param>
    public static Quota Of(Budget budget, long now, long frequency) =>
        new(budget.Limit, budget.Remaining(now), ((budget.UntilReset(now) * 1000) + frequency - 1) / frequency);
}
