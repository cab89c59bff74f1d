using System.Security.Cryptography;

namespace Zakenak.Audit;

/// <summary>
/// Checks a log from its files alone, without locking or changing it. A change, deletion, insertion or reordering shows in the chain; a truncation, or a
/// rewriting of everything after some record, shows only against a checkpoint that covers it. So give the public keys (then checkpoints cannot
/// be forged) and the newest checkpoint found in the logs (then the folder's own cannot be cut together with the records).
/// </summary>
public static class AuditVerifier
{
    /// <summary>Verifies the log in <paramref name="directory"/>.</summary>
    /// <param name="directory">The log's folder, or a copy of it.</param>
    /// <param name="expectedName">The name the log must have; null takes any.</param>
    /// <param name="keys">Public keys that may sign checkpoints; with any given, every checkpoint must be signed by one of them and there must be one.</param>
    /// <param name="outside">A checkpoint from elsewhere that the log must reach.</param>
    public static AuditVerification Verify(
        string directory, string? expectedName = null, IReadOnlyCollection<ECDsa>? keys = null, AuditCheckpoint? outside = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        keys ??= [];
        var fault = AuditCheckpointFile.Read(directory, keys, onlyTheseKeys: true, out _, out var checkpoints);
        if (outside is not null)
        {
            var wrong = AuditCheckpointFile.SignatureFault(outside, keys.DistinctBy(AuditCheckpoint.IdOf).ToDictionary(AuditCheckpoint.IdOf), onlyTheseKeys: true);
            if (wrong is null)
            {
                checkpoints.Insert(checkpoints.TakeWhile(c => c.Count <= outside.Count).Count(), outside);
            }
            else
            {
                fault ??= new AuditFault("checkpoint_signature", "", 0, outside.Count, wrong);
            }
        }

        if (checkpoints.Count == 0 && keys.Count > 0)
        {
            fault ??= new AuditFault("checkpoint_missing", AuditFolder.Checkpoints, 0, 0, "there is no checkpoint, so a truncation would not show: a log gets its first when it is made, so this one was deleted, or the folder copied without it");
        }

        var scan = AuditScan.Of(directory, checkpoints);
        fault = scan.Fault ?? fault ?? NameFault(scan, expectedName);
        return new AuditVerification(scan.Name, scan.Count, scan.Head, checkpoints.LastOrDefault(c => c.Count <= scan.Count)?.Count ?? 0, fault);
    }

    private static AuditFault? NameFault(AuditScan scan, string? expectedName) => scan.Name switch
    {
        null => new AuditFault("malformed_record", "", 0, 1, "the log has no first record"),
        var name when expectedName is not null && name != expectedName =>
            new AuditFault("log_name", AuditFolder.NameOf(1), 1, 1, $"this is the log of '{name}', not of '{expectedName}'"),
        _ => null,
    };
}
