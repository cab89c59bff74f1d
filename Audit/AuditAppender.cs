namespace Zakenak.Audit;

#pragma warning disable CA1031 // .NET gives a failed write many types (EFBIG is an ArgumentOutOfRangeException); each means the same here.

/// <summary>
/// Appends to a file so that either all bytes are on disk or none count: a failed write is cut off again; after a failed flush nothing is
/// known about the disk (the kernel may have dropped the pages), so the file refuses for good.
/// </summary>
internal sealed class AuditAppender(IAuditFile file) : IDisposable
{
    private Exception? _broken;

    public long Length { get; private set; } = file.Length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_broken is not null)
        {
            throw new AuditUnavailableException("The audit log's disk failed earlier; the log takes no record until it is opened again.", _broken);
        }

        try
        {
            file.Append(bytes);
        }
        catch (Exception e)
        {
            Undo();
            throw new AuditUnavailableException("The audit log could not be written.", e);
        }

        try
        {
            file.Flush();
        }
        catch (Exception e)
        {
            _broken = e;
            throw new AuditUnavailableException("The audit log could not be flushed to disk.", e);
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
