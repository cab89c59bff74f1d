using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Zakenak.ModelTrust.Gguf;

/// <summary>
/// Little-endian reads from untrusted bytes. The first thing that is wrong is remembered and every read after it is zero,
/// so a caller checks <see cref="Ok"/> once per item. Nothing is allocated for a length before that many bytes are known to be there.
/// </summary>
internal sealed class GgufReader(Stream stream, long length)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private int _kept;

    public bool Ok => Failure is null;

    public Refusal? Failure { get; private set; }

    public long Position { get; private set; }

    private long Remaining => Math.Min(length, GgufLimits.MaxHeaderBytes) - Position;

    public void Fail(string problem, string code = RefusalCodes.GgufMalformed)
    {
        var advice = code == RefusalCodes.GgufMalformed
            ? "Download or convert the file again."
            : "Convert the model with a tool that matches this version.";
        Failure ??= new Refusal(code, $"The GGUF file {problem} (at byte {Position}). {advice}");
    }

    public byte ReadByte() => Take(1) is { Length: 1 } bytes ? bytes[0] : (byte)0;

    public ushort ReadUInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    public uint ReadUInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    public ulong ReadUInt64() => Take(8) is { Length: 8 } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    /// <summary>A count or length of what follows, each item of at least <paramref name="itemBytes"/> bytes.</summary>
    public long ReadCount(string what, long most, int itemBytes)
    {
        var count = ReadUInt64();
        if (!Ok)
        {
            return 0;
        }

        if (count > (ulong)most || (long)count > Remaining / Math.Max(itemBytes, 1))
        {
            Fail($"claims {count} {what}, more than it has room for or than the {most} that are allowed");
            return 0;
        }

        return (long)count;
    }

    /// <summary>UTF-8 text that is kept.</summary>
    public string ReadText(string what, int maxBytes)
    {
        var bytes = (int)ReadCount($"bytes of {what}", maxBytes, 1);
        _kept += bytes;
        if (_kept > GgufLimits.MaxKeptBytes)
        {
            Fail($"has more than {GgufLimits.MaxKeptBytes} bytes of text");
        }

        if (!Ok || bytes == 0)
        {
            return "";
        }

        var text = new byte[bytes];
        for (var done = 0; done < bytes && Ok;)
        {
            var piece = Take(Math.Min(_buffer.Length, bytes - done));
            piece.CopyTo(text.AsSpan(done));
            done += piece.Length;
        }

        if (Ok && !Utf8.IsValid(text))
        {
            Fail($"has {what} that is not UTF-8");
        }

        return Ok ? Encoding.UTF8.GetString(text) : "";
    }

    public void Skip(long count)
    {
        while (count > 0 && Ok)
        {
            count -= Take((int)Math.Min(count, _buffer.Length)).Length;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (!Ok)
        {
            return [];
        }

        if (count > Remaining)
        {
            Fail(length > GgufLimits.MaxHeaderBytes ? "has a header beyond every limit" : "ends in the middle of its header");
            return [];
        }

        while (_end - _start < count)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
            var read = stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                Fail("ends in the middle of its header");
                return [];
            }

            _end += read;
        }

        var taken = _buffer.AsSpan(_start, count);
        _start += count;
        Position += count;
        return taken;
    }
}
