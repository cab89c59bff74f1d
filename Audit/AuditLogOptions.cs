using System.Security.Cryptography;

namespace Zakenak.Audit;

/// <summary>How a log is kept.</summary>
public sealed class AuditLogOptions
{
    /// <summary>Folder of this log alone; made with mode 0700 where it is missing.</summary>
    public required string Directory { get; init; }

    /// <summary>What the log is of, e.g. <c>cert-authority</c>; part of the first record, so that one log cannot pass for another.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes after which the next file begins.</summary>
    public long MaxFileBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Age of a file's first record at which the next file begins; null goes by the size alone.</summary>
    public TimeSpan? MaxFileAge { get; init; }

    /// <summary>Records that may wait for the disk; then appenders wait.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Records after which a checkpoint is due.</summary>
    public int CheckpointEveryRecords { get; init; } = 1000;

    /// <summary>Longest time that a record stays outside a checkpoint.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Signs checkpoints (SHA-256); the log alone uses it while open and does not dispose it. Without it checkpoints are unsigned.</summary>
    public ECDsa? CheckpointKey { get; init; }

    /// <summary>
    /// Takes every checkpoint, so that it also leaves the machine (with the logs) and outlives a rewriting of the folder. Called on the
    /// writer's thread; what it throws is ignored, because the records are already safe.
    /// </summary>
    public Action<AuditCheckpoint>? OnCheckpoint { get; init; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Directory);
        ArgumentException.ThrowIfNullOrEmpty(Name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Name.Length, AuditRecord.MaxTextLength, nameof(Name));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFileBytes, 1, nameof(MaxFileBytes));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxFileAge ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(MaxFileAge));
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCapacity, 1, nameof(QueueCapacity));
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointEveryRecords, 1, nameof(CheckpointEveryRecords));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CheckpointInterval, TimeSpan.Zero, nameof(CheckpointInterval));
    }
}
