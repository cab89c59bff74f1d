namespace Zakenak.Gateway.Limits.Leases;

/// <summary>What a replica tells the database about one limit.</summary>
/// <param name="Slice">Its part.</param>
/// <param name="Kept">What it goes on using whatever is answered; never more than it has.</param>
/// <param name="Desired">What it would like to have.</param>
/// <param name="Needed">What is used, and wanted by requests that wait.</param>
/// <param name="Limit">The whole.</param>
internal readonly record struct SliceAsk(Slice Slice, long Kept, long Desired, long Needed, long Limit);
