using Zakenak.Audit;

namespace Zakenak.ModelRegistry;

/// <summary>
/// Before the service takes requests: a process that was killed between a change's record and the change itself left a record that is not true. This
/// adds one that takes it back, so that log and versions agree again.
/// </summary>
internal sealed class Reconciliation(IVersionStore store, RegistryAudit audit, ILogger<Reconciliation> logger) : IHostedService
{
    private const int AtOnce = 1000;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        var recorded = new Dictionary<string, AuditRecord>(StringComparer.Ordinal);
        foreach (var (_, record) in AuditHistory.Read(audit.Directory))
        {
            if (!record.Details.TryGetValue(VersionChanges.ChangeDetail, out var change))
            {
                continue;
            }

            if (record.Action == VersionChanges.UndoneAction)
            {
                recorded.Remove(change);
            }
            else
            {
                recorded[change] = record;
            }
        }

        // Opening the log found it whole, and nobody else writes to it.
        foreach (var some in recorded.Keys.Chunk(AtOnce))
        {
            var made = await store.FindChangesAsync(some, cancellationToken).ConfigureAwait(false);
            foreach (var change in some.Where(c => !made.Contains(c)))
            {
                await audit.AppendAsync(VersionChanges.UndoneOf(recorded[change])).ConfigureAwait(false);
                Log.ChangeUndone(logger, recorded[change].Subject, recorded[change].Action);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
