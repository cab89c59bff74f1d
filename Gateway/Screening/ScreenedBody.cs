using System.Buffers;

namespace Zakenak.Gateway.Screening;

/// <summary>A request's body in one piece of pooled memory, and the few things about it that the gateway has to know.</summary>
internal sealed class ScreenedBody(byte[] buffer, int length, RequestFields fields) : IDisposable
{
    private byte[]? _buffer = buffer;

    public RequestFields Fields { get; } = fields;

    /// <summary>Pooled: longer than the body.</summary>
    public byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(ScreenedBody));

    /// <summary>Bytes of the body.</summary>
    public int Length { get; } = length;

    /// <summary>The body as the client sent it.</summary>
    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);

    /// <summary>Gives the memory back, cleared: it held a prompt.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is not { } buffer)
            return;
        buffer.AsSpan(0, Length).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
