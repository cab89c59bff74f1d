using System.Buffers;

namespace Zakenak.Audit;

/// <summary>The log's end on disk: where the chain stands, the file it goes on in, and the checkpoints. One thread at a time.</summary>
internal sealed class AuditChain : IDisposable
{
    private readonly AuditLogOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<string, IDurableFile> _open;
    private readonly FileStream _lock;
    private readonly ArrayBufferWriter<byte> _batch = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _scratch = new(1024);
    private DurableAppender? _records;
    private DurableAppender? _checkpoints;
    private long _checkpointed;
    private long _checkpointedAt;
    private DateTimeOffset _fileBegan;

    private AuditChain(AuditLogOptions options, TimeProvider time, Func<string, IDurableFile> open, FileStream heldLock) =>
        (_options, _time, _open, _lock, _checkpointedAt) = (options, time, open, heldLock, time.GetTimestamp());

    public long Count { get; private set; }

    public string Head { get; private set; } = AuditLine.Genesis;

    /// <summary>Checks everything that is there, cuts a torn last line, and stands ready to append.</summary>
    public static AuditChain Open(AuditLogOptions options, TimeProvider time, Func<string, IDurableFile> open)
    {
        DurableFiles.CreateFolder(options.Directory);
        var chain = new AuditChain(options, time, open, Lock(options.Directory));
        try
        {
            chain.Resume();
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    /// <summary>Makes all entries of all groups durable together; on an exception none of them counts. Returns the receipt of each group's last.</summary>
    public AuditReceipt[] Append(IReadOnlyList<(DateTimeOffset Time, IReadOnlyList<IAuditEntry> Entries)> groups)
    {
        _batch.ResetWrittenCount();
        var receipts = new AuditReceipt[groups.Count];
        var (count, head) = (Count, Head);
        for (var i = 0; i < receipts.Length; i++)
        {
            var (time, entries) = groups[i];
            for (var j = 0; j < entries.Count; j++)
            {
                head = AuditLine.Write(_batch, _scratch, ++count, head, entries[j].Time ?? time, entries[j]);
            }

            receipts[i] = new AuditReceipt(count, head);
        }

        if (_records is null || _records.Length >= _options.MaxFileBytes || (_records.Length > 0 && _time.GetUtcNow() - _fileBegan >= _options.MaxFileAge))
        {
            BeginFile();
        }

        _records!.Append(_batch.WrittenSpan);
        (Count, Head) = (count, head);
        return receipts;
    }

    /// <summary>Makes a checkpoint where one is due (or always, if <paramref name="now"/>) and something is new.</summary>
    public void Checkpoint(bool now)
    {
        var due = now
            || Count - _checkpointed >= _options.CheckpointEveryRecords
            || _time.GetElapsedTime(_checkpointedAt) >= _options.CheckpointInterval;
        if (!due || Count == _checkpointed)
        {
            return;
        }

        var checkpoint = AuditCheckpoint.Make(Count, Head, _time.GetUtcNow(), _options.CheckpointKey);
        (_checkpointed, _checkpointedAt) = (Count, _time.GetTimestamp());
        try
        {
            _checkpoints!.Append(AuditCheckpointFile.LineOf(checkpoint));
        }
        catch (IOException)
        {
            // The records are safe and the callback still takes this one; the next checkpoint covers these records too.
        }

        try
        {
            _options.OnCheckpoint?.Invoke(checkpoint);
        }
#pragma warning disable CA1031 // A receiver's fault must not stop the log.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    public void Dispose()
    {
        _records?.Dispose();
        _checkpoints?.Dispose();
        _lock.Dispose();
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            return DurableFiles.Open(Path.Combine(directory, AuditFolder.LockFile), FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new AuditUnavailableException($"The audit log in {directory} is open in another process.", e);
        }
    }

    private void Resume()
    {
        AuditDamagedException.ThrowIf(
            AuditCheckpointFile.Read(
                _options.Directory, _options.CheckpointKey is { } key ? [key] : [], onlyTheseKeys: false, out var checkpointBytes, out var checkpoints));
        var scan = AuditScan.Of(_options.Directory, checkpoints);
        if (!scan.EndsTorn)
        {
            AuditDamagedException.ThrowIf(scan.Fault);
        }

        if (scan.Name is not null && scan.Name != _options.Name)
        {
            throw new AuditDamagedException(new AuditFault("log_name", AuditFolder.NameOf(1), 1, 1, $"this is the log of '{scan.Name}', not of '{_options.Name}'"));
        }

        (Count, Head, _checkpointed) = (scan.Count, scan.Head, checkpoints.Count > 0 ? checkpoints[^1].Count : 0);
        _fileBegan = scan.LastFileBegan;
        var (file, cut) = scan.LastFile is { } last ? OpenAt(last, scan.LastFileBytes) : (null, 0);
        _records = file;
        (_checkpoints, _) = OpenAt(Path.Combine(_options.Directory, AuditFolder.Checkpoints), checkpointBytes);
        DurableFiles.FlushFolder(_options.Directory);
        Note(scan, cut);

        // From its first moment on a log can be verified by its key, and one whose checkpoints were deleted is told from one that is young.
        Checkpoint(now: _checkpointed == 0);
    }

    /// <summary>Records what opening did: made a new log (with an id of its own) or cut what a crash had left.</summary>
    private void Note(AuditScan scan, long cut)
    {
        var now = _time.GetUtcNow();
        if (Count == 0)
        {
            Append([(now, [new AuditRecord("audit", AuditLog.CreatedAction, _options.Name, AuditOutcome.Done)
            {
                Details = new Dictionary<string, string> { ["log_id"] = Guid.NewGuid().ToString("N") },
            }])]);
        }

        if (cut > 0)
        {
            Append([(now, [new AuditRecord("audit", AuditLog.RecoveredAction, Path.GetFileName(scan.LastFile)!, AuditOutcome.Done, "torn_record")
            {
                Details = new Dictionary<string, string> { ["bytes_cut"] = cut.ToString(System.Globalization.CultureInfo.InvariantCulture) },
            }])]);
        }
    }

    private void BeginFile()
    {
        var path = Path.Combine(_options.Directory, AuditFolder.NameOf(Count + 1));
        try
        {
            var next = new DurableAppender(_open(path));
            _records?.Dispose();
            (_records, _fileBegan) = (next, _time.GetUtcNow());
            DurableFiles.FlushFolder(_options.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AuditUnavailableException("The audit log's next file could not be made.", e);
        }
    }

    private (DurableAppender File, long Cut) OpenAt(string path, long length)
    {
        var file = _open(path);
        var cut = file.Length - length;
        if (cut > 0)
        {
            file.Cut(length);
            file.Flush();
        }

        return (new DurableAppender(file), cut);
    }
}
