namespace Zakenak.Audit;

#pragma warning disable CA1031 // .NET gives a failed write many types (EFBIG is an ArgumentOutOfRangeException); each means the same here.

/// <summary>
/// Appends to a file so that either all bytes are on disk or none count: a failed write is cut off again; after a failed flush nothing is
/// known about the disk (the kernel may have dropped the pages), so the file refuses for good.
/// </summary>
public sealed class DurableAppender(IDurableFile file) : IDisposable
{
    private Exception? _broken;

    /// <summary>Bytes that count.</summary>
    public long Length { get; private set; } = file.Length;

    /// <summary>Appends; returns when all of it survives a loss of power.</summary>
    /// <exception cref="IOException">None of it counts.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_broken is not null)
        {
            throw new IOException("The disk failed earlier; the file takes nothing until it is opened again.", _broken);
        }

        try
        {
            file.Append(bytes);
        }
        catch (Exception e)
        {
            Undo();
            throw new IOException("The file could not be written.", e);
        }

        try
        {
            file.Flush();
        }
        catch (Exception e)
        {
            _broken = e;
            throw new IOException("The file could not be flushed to disk.", e);
        }

        Length += bytes.Length;
    }

    public void Dispose() => file.Dispose();

    private void Undo()
    {
        try
        {
            file.Cut(Length);
        }
        catch (Exception e)
        {
            _broken = e;
        }
    }
}
