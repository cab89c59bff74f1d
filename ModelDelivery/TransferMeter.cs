namespace Zakenak.ModelDelivery;

/// <summary>Counts what several files' transfers do, and tells it as one.</summary>
internal sealed class TransferMeter(int files, long bytes, IProgress<TransferProgress>? progress, Patience patience, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private long _done;
    private long _crossed;
    private int _files;

    /// <summary>Bytes that crossed the wire.</summary>
    public long Crossed => Interlocked.Read(ref _crossed);

    /// <summary>Bytes came or went over the wire.</summary>
    public void Cross(long count)
    {
        patience.Renew();
        Interlocked.Add(ref _crossed, count);
        Move(count);
    }

    /// <summary>Bytes that were there already, or, negative, that turned out not to count.</summary>
    public void Move(long count)
    {
        Interlocked.Add(ref _done, count);
        Tell();
    }

    public void FileDone()
    {
        Interlocked.Increment(ref _files);
        Tell();
    }

    private void Tell()
    {
        if (progress is not null)
        {
            var seconds = Math.Max(time.GetElapsedTime(_began).TotalSeconds, 0.001);
            progress.Report(new TransferProgress(Volatile.Read(ref _files), files, Interlocked.Read(ref _done), bytes, Crossed / seconds));
        }
    }
}
