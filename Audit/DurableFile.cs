namespace Zakenak.Audit;

/// <summary>A file on disk, opened for appending.</summary>
public sealed class DurableFile : IDurableFile
{
    private readonly FileStream _stream;

    public DurableFile(string path)
    {
        _stream = DurableFiles.Open(path, FileShare.Read);
        _stream.Seek(0, SeekOrigin.End);
    }

    public long Length => _stream.Length;

    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void Flush() => _stream.Flush(flushToDisk: true);

    public void Cut(long length)
    {
        _stream.SetLength(length);
        _stream.Seek(length, SeekOrigin.Begin);
    }

    public void Dispose() => _stream.Dispose();
}
