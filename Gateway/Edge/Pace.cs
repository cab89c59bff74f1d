namespace Zakenak.Gateway.Edge;

/// <summary>
/// So many at once and then so many a minute, in eight bytes: the time at which all that was taken would be earned again (the generic cell rate
/// algorithm of ATM Forum's traffic management). Times are seconds of any steady clock.
/// </summary>
internal struct Pace
{
    private const double Minute = 60;

    /// <summary>What sums of parts of a minute may be off by.</summary>
    private const double Rounding = 1e-6;

    private double _earnedAt;

    /// <summary>Whether nothing of it is taken.</summary>
    public readonly bool IsIdle(double now) => _earnedAt <= now;

    /// <summary>Seconds until one more may be taken; 0 where it may be now.</summary>
    public readonly double Wait(double now, int perMinute) => _earnedAt + (Minute / perMinute) - Minute - now is > Rounding and var wait ? wait : 0;

    /// <summary>Takes one; never more than a minute's worth is owed.</summary>
    public void Take(double now, int perMinute) => _earnedAt = Math.Min(Math.Max(_earnedAt, now) + (Minute / perMinute), now + Minute);
}
