using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>The one way to change a version: checked, recorded, visible, in this order. What is refused is recorded too.</summary>
internal sealed class VersionChanges(IVersionStore store, RegistryAudit audit, RegistryMetrics metrics, TimeProvider time, ILogger<VersionChanges> logger)
{
    /// <summary>The detail of a record that names the change; a history entry has the same.</summary>
    public const string ChangeDetail = "change";

    /// <summary>The action of a record that takes an earlier one back: the store failed, or the process was killed, before the change was visible.</summary>
    public const string UndoneAction = "change.undone";

    /// <param name="caller">SPIFFE id of who asks.</param>
    /// <param name="action">What was asked for, for the record of a refusal: <c>push</c>, <c>attest</c>, …</param>
    /// <param name="key">Which version.</param>
    /// <param name="decide">See <see cref="IVersionStore.ChangeAsync"/>.</param>
    public async Task<ChangeResult> ApplyAsync(
        string caller, string action, VersionKey key, Func<VersionDocument?, Decision> decide, CancellationToken cancellationToken)
    {
        AuditRecord? recorded = null;
        try
        {
            var result = await store.ChangeAsync(key, decide, change => audit.AppendAsync(recorded = RecordOf(key, change)), cancellationToken).ConfigureAwait(false);
            if (result.Refusal is { } refusal)
            {
                return new ChangeResult(null, false, await RefusedAsync(caller, action, key.ToString(), refusal).ConfigureAwait(false));
            }

            if (result.Changed)
            {
                metrics.Changed(result.Document!.History[^1].Action);
                Log.Changed(logger, key.ToString(), result.Document.History[^1].Action, caller);
            }

            return result;
        }
        catch (AuditUnavailableException)
        {
            return new ChangeResult(null, false, RegistryRefusals.AuditUnavailable);
        }
        catch (StoreUnavailableException e)
        {
            Log.StoreFailed(logger, e, key.ToString());
            if (recorded is not null)
            {
                await UndoAsync(recorded).ConfigureAwait(false);
            }

            return new ChangeResult(null, false, e.DiskFull ? RegistryRefusals.InsufficientDisk : RegistryRefusals.StoreUnavailable);
        }
    }

    /// <summary>Records a refusal; the refusal to answer with, which is another one where it could not be recorded.</summary>
    public async Task<Refusal> RefusedAsync(string caller, string action, string subject, Refusal refusal)
    {
        Log.Refused(logger, caller, action, subject, refusal.Code);
        try
        {
            await audit.AppendAsync(new AuditRecord(caller, "version." + action, subject, AuditOutcome.Refused, refusal.Code)).ConfigureAwait(false);
            return refusal;
        }
        catch (AuditUnavailableException)
        {
            return RegistryRefusals.AuditUnavailable;
        }
    }

    /// <summary>A new entry of a version's history, with an id that its audit record has too.</summary>
    public HistoryEntry EntryOf(string caller, string action, string stage, long? sequence, string? signer) =>
        new(time.GetUtcNow(), caller, action, stage, sequence, signer, Change: Guid.CreateVersion7(time.GetUtcNow()).ToString("n"));

    private static AuditRecord RecordOf(VersionKey key, ProposedChange change)
    {
        var entry = change.Entry;
        var details = new Dictionary<string, string>
        {
            [ChangeDetail] = entry.Change,
            ["digest"] = change.Document.Digest,
            ["stage"] = entry.Stage,
        };
        if (entry.Sequence is { } sequence)
        {
            details["sequence"] = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (entry.SignerKeyId is { } signer)
        {
            details["signer"] = signer;
        }

        return new AuditRecord(entry.Caller, "version." + entry.Action, key.ToString(), AuditOutcome.Done) { Details = details };
    }

    private async Task UndoAsync(AuditRecord recorded)
    {
        try
        {
            var change = recorded.Details[ChangeDetail];
            if (!(await store.FindChangesAsync([change], CancellationToken.None).ConfigureAwait(false)).Contains(change))
            {
                await audit.AppendAsync(UndoneOf(recorded)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is AuditUnavailableException or StoreUnavailableException)
        {
            // Whether it was made is not known, or cannot be recorded: the next start sees to it.
        }
    }

    public static AuditRecord UndoneOf(AuditRecord recorded) =>
        new("registry", UndoneAction, recorded.Subject, AuditOutcome.Failed, "store_unavailable")
        {
            Details = new Dictionary<string, string> { [ChangeDetail] = recorded.Details[ChangeDetail] },
        };
}
