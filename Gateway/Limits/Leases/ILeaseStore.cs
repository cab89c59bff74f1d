namespace Zakenak.Gateway.Limits.Leases;

/// <summary>Where replicas agree on who may use which part of a limit.</summary>
internal interface ILeaseStore
{
    /// <summary>Makes it ready; once, before anything else.</summary>
    Task OpenAsync(CancellationToken cancellation);

    /// <summary>Renews a replica's leases, gives back and takes. Where it fails, it may have happened: to think that it did not does no harm.</summary>
    /// <param name="replica">Its id.</param>
    /// <param name="life">For how long it may use what it has.</param>
    /// <param name="reclaim">For how long after that nobody else gets it.</param>
    /// <param name="asks">What it gives and wants.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task<LeaseAnswer> ExchangeAsync(Guid replica, TimeSpan life, TimeSpan reclaim, IReadOnlyList<SliceAsk> asks, CancellationToken cancellation);
}
