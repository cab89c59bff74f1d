using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Takes lines from any thread and writes all that are there at once: one system call for what came within a few milliseconds, in place of one for each
/// line. Who logs faster than the lines are taken waits, for a log that loses lines proves nothing.
/// </summary>
internal sealed class LineSink : IDisposable
{
    private const int MaxPendingBytes = 1024 * 1024;

    /// <summary>So late may a line be; a busy process logs thousands within a second.</summary>
    private static readonly TimeSpan _gather = TimeSpan.FromMilliseconds(5);

    private readonly object _gate = new(); // waited on, which a Lock can't be
    private readonly Stream _output;
    private readonly Thread _thread;
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _taken = new();
    private bool _sleeping;
    private bool _ended;

    /// <param name="output">Is not closed.</param>
    public LineSink(Stream output)
    {
        _output = output;
        _thread = new Thread(WriteAll) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            while (_pending.WrittenCount >= MaxPendingBytes && !_ended)
            {
                Monitor.Wait(_gate);
            }

            _pending.Write(line);
            if (_sleeping)
            {
                _sleeping = false;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Returns when all lines are written. Lines that come later are lost.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _sleeping = false;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private void WriteAll()
    {
        while (TryTake())
        {
            WriteOut(_taken.WrittenSpan);
            _taken.ResetWrittenCount();
        }
    }

    /// <summary>False at the end.</summary>
    private bool TryTake()
    {
        lock (_gate)
        {
            while (_pending.WrittenCount == 0 && !_ended)
            {
                _sleeping = true;
                Monitor.Wait(_gate);
            }

            if (!_ended)
            {
                // Lets go of the lock meanwhile; only the end wakes it before its time.
                Monitor.Wait(_gate, _gather);
            }

            (_pending, _taken) = (_taken, _pending);
            Monitor.PulseAll(_gate);
            return _taken.WrittenCount > 0;
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Nobody reads our output any more: that must not end the process.")]
    private void WriteOut(ReadOnlySpan<byte> lines)
    {
        try
        {
            _output.Write(lines);
            _output.Flush();
        }
        catch (Exception)
        {
            // There is nowhere left to say so.
        }
    }
}
