using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

/// <summary>A part of a file as the body of a request.</summary>
internal sealed class FileSlice : HttpContent
{
    private const string ContentType = "application/offset+octet-stream";
    private const int BufferBytes = 256 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _offset;
    private readonly TransferMeter _meter;

    public FileSlice(SafeFileHandle file, string path, long offset, long count, TransferMeter meter)
    {
        _file = file;
        _path = path;
        _offset = offset;
        _meter = meter;
        Count = count;
        Headers.ContentType = new MediaTypeHeaderValue(ContentType);
    }

    public long Count { get; }

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
            while (Sent < Count)
            {
                var read = await RandomAccess.ReadAsync(_file, buffer.AsMemory(0, (int)Math.Min(BufferBytes, Count - Sent)), _offset + Sent, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    Problem = new Refusal(RefusalCodes.FileUnreadable, $"{_path} became shorter while it was sent. Push again when nothing writes to it.");
                    throw new IOException(Problem.Message);
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                Sent += read;
                _meter.Cross(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Count;
        return true;
    }
}
