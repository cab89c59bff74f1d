namespace Zakenak.Gateway.Limits.Leases;

/// <summary>What the database answered to an exchange.</summary>
/// <param name="IsNew">It did not know this replica: what that one had from before is lost.</param>
/// <param name="Granted">By the limit's name: of each that was asked about.</param>
/// <param name="Rivals">By the limit's name: how many replicas share those limits of which others want more.</param>
/// <param name="Others">Signs of life of all other replicas.</param>
internal sealed record LeaseAnswer(
    bool IsNew, IReadOnlyDictionary<string, SliceGrant> Granted, IReadOnlyDictionary<string, int> Rivals, IReadOnlyList<ReplicaSign> Others);
