namespace Zakenak.Audit;

/// <summary>Reads a file line by line in bounded memory, telling apart a line that ends in a newline from one that does not.</summary>
internal sealed class AuditLineReader : IDisposable
{
    // Two lines' worth, so that a whole line always fits after the rest has been moved to the front.
    private readonly byte[] _buffer = new byte[2 * AuditLine.MaxBytes];
    private readonly FileStream _file;
    private int _start;
    private int _end;
    private int _length;

    public AuditLineReader(string path) =>
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    public enum Step
    {
        /// <summary>A whole line is in <see cref="Line"/>.</summary>
        Line,

        /// <summary>The file's last bytes have no newline.</summary>
        Torn,

        /// <summary>A line, ended somewhere, is longer than any record.</summary>
        TooLong,

        /// <summary>Nothing is left.</summary>
        End,
    }

    /// <summary>The line without its newline; valid until the next step.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_start, _length);

    /// <summary>The number of the line last stepped to, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Bytes of all whole lines so far, newlines counted.</summary>
    public long Bytes { get; private set; }

    public Step Next()
    {
        if (Number > 0)
        {
            _start += _length + 1;
        }

        Number++;
        while (true)
        {
            _length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (_length >= 0)
            {
                Bytes += _length + 1;
                return Step.Line;
            }

            if (_end - _start >= AuditLine.MaxBytes)
            {
                return NewlineFollows() ? Step.TooLong : Step.Torn;
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var read = _file.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                return _end == 0 ? Step.End : Step.Torn;
            }

            _end += read;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A crash can leave any number of bytes at the end; only a newline after them makes them a line that somebody wrote.</summary>
    private bool NewlineFollows()
    {
        int read;
        while ((read = _file.Read(_buffer)) > 0)
        {
            if (_buffer.AsSpan(0, read).Contains((byte)'\n'))
            {
                return true;
            }
        }

        return false;
    }
}
