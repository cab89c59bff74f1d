using System.Buffers;
using System.Net;
using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

/// <summary>A part of a file as the body of a request.</summary>
internal sealed class FileSlice(SafeFileHandle file, string path, long offset, long count, TransferMeter meter) : HttpContent
{
    private const int BufferBytes = 256 * 1024;

    public long Count => count;

    /// <summary>Bytes handed to the connection so far.</summary>
    public long Sent { get; private set; }

    /// <summary>Set where the file, not the network, ended the sending.</summary>
    public Refusal? Problem { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (Sent < count)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(BufferBytes, count - Sent)), offset + Sent, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    Problem = new Refusal(RefusalCodes.FileUnreadable, $"{path} became shorter while it was sent. Push again when nothing writes to it.");
                    throw new IOException(Problem.Message);
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                Sent += read;
                meter.Cross(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = count;
        return true;
    }
}
