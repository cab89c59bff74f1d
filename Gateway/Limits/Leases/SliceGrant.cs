namespace Zakenak.Gateway.Limits.Leases;

/// <summary>A part of a limit.</summary>
/// <param name="Amount">Leased to this replica.</param>
/// <param name="Others">Leased to all others.</param>
/// <param name="Wanted">What there was not.</param>
internal readonly record struct SliceGrant(long Amount, long Others, long Wanted);
