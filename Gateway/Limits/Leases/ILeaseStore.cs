namespace Zakenak.Gateway.Limits.Leases;

/// <summary>Where replicas agree on who may use which part of a limit.</summary>
internal interface ILeaseStore
{
    /// <summary>Makes it ready; once, before anything else.</summary>
    Task OpenAsync(CancellationToken cancellation);

    /// <summary>Renews a replica's leases, gives back and takes. Where it fails, it may have happened: to think that it did not does no harm.</summary>
    Task<LeaseAnswer> ExchangeAsync(LeaseQuestion question, CancellationToken cancellation);
}
