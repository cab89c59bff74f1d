using System.Threading.Channels;

namespace Zakenak.Audit;

/// <summary>
/// An append-only log in one folder: JSON Lines, each record holding the hash of the one before, flushed to disk before its append ends.
/// Records that wait together share one flush. See <see cref="AuditVerifier"/> for what a reader can prove.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    /// <summary>The action of every log's first record; its subject is the log's name.</summary>
    public const string CreatedAction = "audit.created";

    /// <summary>The action of the record that says a torn last line was cut at opening.</summary>
    public const string RecoveredAction = "audit.recovered";

    // Bounds one write; what arrives meanwhile goes into the next.
    private const int MaxBatch = 512;

    private readonly AuditChain _chain;
    private readonly TimeProvider _time;
    private readonly Channel<Waiting> _queue;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AuditLog(AuditLogOptions options, AuditChain chain, TimeProvider time)
    {
        (_chain, _time) = (chain, time);
        _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });

        // A thread of its own: it spends its time waiting for the disk, and of the pool's there are as few as there are processors.
        new Thread(WriteAll) { IsBackground = true, Name = "audit" }.Start();

        // An empty entry wakes the writer so that a quiet log still gets its checkpoint; when the queue is full it is awake anyway.
        _timer = time.CreateTimer(_ => _queue.Writer.TryWrite(default), null, options.CheckpointInterval, options.CheckpointInterval);
    }

    /// <summary>Opens or makes the log: locks it, checks every record and checkpoint, cuts (and records) a torn last line.</summary>
    /// <exception cref="AuditDamagedException">The log is not what was written; the message names the first bad line. Nothing was changed.</exception>
    /// <exception cref="AuditUnavailableException">Another process has it open, or the disk refuses.</exception>
    public static AuditLog Open(AuditLogOptions options, TimeProvider time) => Open(options, time, path => new DurableFile(path));

    /// <summary>Appends one record; the task ends when it is on disk.</summary>
    /// <param name="record">What happened. It must not change until the task ends.</param>
    /// <param name="cancellationToken">Ends the waiting for a place in a full queue; a record that has a place is written.</param>
    /// <exception cref="AuditUnavailableException">It is not on disk, or nobody knows: refuse the act.</exception>
    public ValueTask<AuditReceipt> AppendAsync(AuditRecord record, CancellationToken cancellationToken = default)
    {
        Validate(record);
        return AppendAsync([record], cancellationToken);
    }

    /// <summary>Appends entries together: all of them are on disk when the task ends, or none counts. The receipt is the last one's.</summary>
    /// <param name="entries">At least one; neither the list nor they may change until the task ends.</param>
    /// <param name="cancellationToken">As for one record.</param>
    /// <exception cref="AuditUnavailableException">They are not on disk, or nobody knows.</exception>
    public async ValueTask<AuditReceipt> AppendAsync(IReadOnlyList<IAuditEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfZero(entries.Count, nameof(entries));
        var waiting = new Waiting(_time.GetUtcNow(), entries, new TaskCompletionSource<AuditReceipt>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _queue.Writer.WriteAsync(waiting, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new AuditUnavailableException("The audit log is closed.", e);
        }

        return await waiting.Done!.Task.ConfigureAwait(false);
    }

    /// <summary>Writes what waits and a last checkpoint, then unlocks.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await _written.Task.ConfigureAwait(false);
    }

    internal static AuditLog Open(AuditLogOptions options, TimeProvider time, Func<string, IDurableFile> open)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        try
        {
            return new AuditLog(options, AuditChain.Open(options, time, open), time);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not (AuditUnavailableException or AuditDamagedException))
        {
            throw new AuditUnavailableException($"The audit log in {options.Directory} cannot be opened: {e.Message}", e);
        }
    }

    private static void Validate(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentException.ThrowIfNullOrEmpty(record.Actor);
        ArgumentException.ThrowIfNullOrEmpty(record.Action);
        ArgumentNullException.ThrowIfNull(record.Subject);
        if (!Enum.IsDefined(record.Outcome))
        {
            throw new ArgumentOutOfRangeException(nameof(record), record.Outcome, "No such outcome.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Details.Count, AuditRecord.MaxDetails, nameof(record));
        foreach (var (name, value) in record.Details)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, AuditRecord.MaxDetailNameLength, nameof(record));
            ArgumentNullException.ThrowIfNull(value);
        }
    }

    private void WriteAll()
    {
        try
        {
            WriteQueue();
            _written.SetResult();
        }
#pragma warning disable CA1031 // Whatever went wrong, nobody may go on waiting or believe that it was recorded.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var waiting))
            {
                waiting.Done?.SetException(new AuditUnavailableException("The audit log could not go on.", e));
            }

            _written.SetException(e);
        }
    }

    private void WriteQueue()
    {
        using (_chain)
        {
            var batch = new List<Waiting>(MaxBatch);
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                batch.Clear();
                while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var waiting))
                {
                    if (waiting.Done is not null)
                    {
                        batch.Add(waiting);
                    }
                }

                Commit(batch);
                _chain.Checkpoint(now: false);
            }

            _chain.Checkpoint(now: true);
        }
    }

    private void Commit(List<Waiting> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            var receipts = _chain.Append(batch.ConvertAll(w => (w.Time, w.Entries)));
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Done!.SetResult(receipts[i]);
            }
        }
#pragma warning disable CA1031 // Whatever went wrong, nobody may go on waiting or believe that it was recorded.
        catch (Exception e)
#pragma warning restore CA1031
        {
            batch.ForEach(w => w.Done!.TrySetException(
                e as AuditUnavailableException ?? new AuditUnavailableException("The audit log could not record.", e)));
        }
    }

    private readonly record struct Waiting(DateTimeOffset Time, IReadOnlyList<IAuditEntry> Entries, TaskCompletionSource<AuditReceipt>? Done);
}
