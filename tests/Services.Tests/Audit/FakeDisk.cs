using Zakenak.Audit;

namespace Zakenak.Services.Tests.Audit;

/// <summary>Real files on a disk that can be full, be slow or fail.</summary>
internal sealed class FakeDisk : IDisposable
{
    private readonly ManualResetEventSlim _mayFlush = new(initialState: true);
    private int _flushes;

    public long RoomLeft { get; set; } = long.MaxValue;

    public bool FailFlush { get; set; }

    public int Flushes => _flushes;

    public SemaphoreSlim FlushEntered { get; } = new(0);

    public IDurableFile Open(string path) => new File(this, new DurableFile(path));

    public void HoldFlush() => _mayFlush.Reset();

    public void ReleaseFlush() => _mayFlush.Set();

    public void Dispose()
    {
        _mayFlush.Dispose();
        FlushEntered.Dispose();
    }

    private sealed class File(FakeDisk disk, DurableFile file) : IDurableFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > disk.RoomLeft)
            {
                // As the kernel does: what fits is written, the rest is refused.
                file.Append(bytes[..(int)disk.RoomLeft]);
                throw new IOException("No space left on device");
            }

            file.Append(bytes);
        }

        public void Flush()
        {
            disk.FlushEntered.Release();
            disk._mayFlush.Wait();
            Interlocked.Increment(ref disk._flushes);
            if (disk.FailFlush)
            {
                throw new IOException("Input/output error");
            }
        }

        public void Cut(long length) => file.Cut(length);

        public void Dispose() => file.Dispose();
    }
}
