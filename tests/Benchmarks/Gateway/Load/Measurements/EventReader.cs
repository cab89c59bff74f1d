using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>Reads the events of one stream as they come: in turn, how late, and to which end.</summary>
internal sealed class EventReader
{
    private static readonly byte[] _mark = Encoding.ASCII.GetBytes(StreamBackend.Mark);
    private static readonly byte[] _end = "\n\n"u8.ToArray();
    private static readonly byte[] _done = "data: [DONE]"u8.ToArray();

    private readonly byte[] _buffer = new byte[4096];
    private int _filled;

    /// <summary>Events that came.</summary>
    public int Count { get; private set; }

    public int Reordered { get; private set; }

    public bool IsDone { get; private set; }

    /// <summary>Milliseconds of each event from the first that is measured on.</summary>
    public List<double> Delays { get; } = [];

    /// <param name="measuredFrom">Number of the first event that is measured: before it other streams still start.</param>
    public async Task ReadAsync(Stream stream, int measuredFrom, CancellationToken cancellation)
    {
        int read;
        while ((read = await stream.ReadAsync(_buffer.AsMemory(_filled), cancellation)) > 0)
        {
            var now = Stopwatch.GetTimestamp();
            _filled += read;
            var taken = 0;
            while (_buffer.AsSpan(taken, _filled - taken).IndexOf(_end) is >= 0 and var length)
            {
                Take(_buffer.AsSpan(taken, length), now, measuredFrom);
                taken += length + _end.Length;
            }

            _buffer.AsSpan(taken, _filled - taken).CopyTo(_buffer);
            _filled -= taken;
        }
    }

    private void Take(ReadOnlySpan<byte> line, long now, int measuredFrom)
    {
        IsDone |= line.SequenceEqual(_done);
        if (line.IndexOf(_mark) is not (>= 0 and var at))
            return;
        var text = line[(at + _mark.Length)..];
        var isOurs = Utf8Parser.TryParse(text, out long moment, out _);
        isOurs &= Utf8Parser.TryParse(text[(StreamBackend.MomentDigits + 1)..], out int number, out _);
        Reordered += isOurs && number == Count ? 0 : 1;
        if (Count++ >= measuredFrom)
            Delays.Add(Stopwatch.GetElapsedTime(moment, now).TotalMilliseconds);
    }
}
