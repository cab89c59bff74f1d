using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

/// <summary>
/// Versions and the order of their changes. A change is prepared, then recorded in the audit log, then made visible; one at a time over all replicas,
/// so event ids grow in the order in which changes become visible.
/// </summary>
internal interface IVersionStore
{
    /// <summary>Makes the store ready, once, before anything else is asked of it.</summary>
    /// <exception cref="ServiceDefaults.StartRefusedException">It cannot be used.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>The stored document's bytes (JSON of <see cref="VersionDocument"/>); null where there is no such version.</summary>
    Task<byte[]?> ReadAsync(VersionKey key, CancellationToken cancellationToken);

    /// <summary>Every version, ordered by name and number.</summary>
    Task<IReadOnlyList<(VersionKey Key, VersionSummary Summary)>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Changes one version.</summary>
    /// <param name="key">Which.</param>
    /// <param name="decide">Told the version as it is (null where there is none), says what it becomes.</param>
    /// <param name="record">Makes the change's audit record durable; what it throws ends the change before anybody sees it.</param>
    /// <exception cref="StoreUnavailableException">The store failed, perhaps after the record was made.</exception>
    Task<ChangeResult> ChangeAsync(
        VersionKey key, Func<VersionDocument?, Decision> decide, Func<ProposedChange, Task> record, CancellationToken cancellationToken);

    /// <summary>Which of these changes were made.</summary>
    Task<IReadOnlySet<string>> FindChangesAsync(IReadOnlyCollection<string> changes, CancellationToken cancellationToken);

    /// <summary>Why the store cannot take a change now; null where it can.</summary>
    Task<string?> FindFaultAsync(CancellationToken cancellationToken);
}
