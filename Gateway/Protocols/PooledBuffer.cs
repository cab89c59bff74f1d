using System.Buffers;

namespace Zakenak.Gateway.Protocols;

/// <summary>Bytes in pooled memory, cleared when given back: they hold prompts and answers.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstBytes = 1024;

    private byte[] _bytes = [];
    private int _from;
    private int _to;

    public int Length => _to - _from;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_from, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_from, Length);

    /// <summary>A stream over what is there; good until the next change.</summary>
    public MemoryStream ToStream() => new(_bytes, _from, Length, writable: false);

    /// <summary>Forgets the first bytes.</summary>
    public void Consume(int count)
    {
        _from += count;
        if (_from == _to)
            _from = _to = 0;
    }

    public void Advance(int count) => _to += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(1, sizeHint));
        return _bytes.AsMemory(_to);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        Return();
        _bytes = [];
        _from = _to = 0;
    }

    private void MakeRoom(int count)
    {
        if (_bytes.Length - _to >= count)
            return;
        var length = Length;
        var target = _bytes.Length - length >= count && _from > length ? _bytes : ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, checked((length + count) * 2)));
        Span.CopyTo(target);
        if (target != _bytes)
            Return();
        (_bytes, _from, _to) = (target, 0, length);
    }

    private void Return()
    {
        if (_bytes.Length == 0)
            return;
        _bytes.AsSpan().Clear();
        ArrayPool<byte>.Shared.Return(_bytes);
    }
}
