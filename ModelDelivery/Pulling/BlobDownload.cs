using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary>
/// One blob into one file. Its pieces are asked for in parallel and written in their order, so the file's length says what is there, also after
/// <c>kill -9</c>; what an earlier run left is hashed again and decides nothing by itself.
/// </summary>
internal sealed class BlobDownload(RegistryClient client, TransferOptions options, SemaphoreSlim connections, TransferMeter meter, Patience patience)
{
    /// <summary>Null once the file has these bytes and they are on disk.</summary>
    public async Task<Refusal?> RunAsync(PlannedBlob blob, string path)
    {
        try
        {
            return await FetchWholeAsync(blob, path).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return RegistryProblem.Stalled(patience, null);
        }
    }

    private async Task<Refusal?> FetchWholeAsync(PlannedBlob blob, string path)
    {
        var resumed = new FileInfo(path) is { Exists: true, Length: > 0 };
        var digest = await FillAsync(blob, path).ConfigureAwait(false);
        if (digest is { IsSuccess: true, Value: var wrong } && wrong != blob.Digest && resumed)
        {
            // A power cut can leave a length without its bytes: once more, from nothing.
            Discard(blob, path);
            digest = await FillAsync(blob, path).ConfigureAwait(false);
        }

        if (!digest.IsSuccess)
        {
            return digest.Refusal;
        }

        if (digest.Value == blob.Digest)
        {
            return null;
        }

        Discard(blob, path);
        return new Refusal(RefusalCodes.DigestMismatch, $"The registry sent other bytes for '{blob.Names[0]}' than those that were signed. Nothing of them was kept; tell who runs the registry.");
    }

    private async Task<Result<string>> FillAsync(PlannedBlob blob, string path)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        var length = RandomAccess.GetLength(file);
        if (length > blob.Bytes)
        {
            RandomAccess.SetLength(file, 0);
            length = 0;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await HashAsync(file, length, hash).ConfigureAwait(false);
        var refusal = await FetchAsync(blob, file, length, hash).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal;
        }

        RandomAccess.FlushToDisk(file);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task HashAsync(SafeFileHandle file, long length, IncrementalHash hash)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1024 * 1024);
        try
        {
            for (long offset = 0; offset < length;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - offset)), offset, patience.Token).ConfigureAwait(false);
                hash.AppendData(buffer, 0, read);
                offset += read;
                patience.Renew();
                meter.Move(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<Refusal?> FetchAsync(PlannedBlob blob, SafeFileHandle file, long offset, IncrementalHash hash)
    {
        var asked = offset;
        Queue<Task<Piece>> coming = [];
        try
        {
            while (offset < blob.Bytes)
            {
                for (; coming.Count < options.Connections && asked < blob.Bytes; asked += options.SegmentBytes)
                {
                    coming.Enqueue(FetchPieceAsync(blob, asked, (int)Math.Min(options.SegmentBytes, blob.Bytes - asked)));
                }

                using var piece = await coming.Dequeue().ConfigureAwait(false);
                if (piece.Refusal is { } refusal)
                {
                    return refusal;
                }

                var writing = RandomAccess.WriteAsync(file, piece.Bytes, offset, CancellationToken.None);
                hash.AppendData(piece.Bytes.Span);
                await writing.ConfigureAwait(false);
                offset += piece.Bytes.Length;
            }

            return null;
        }
        finally
        {
            foreach (var piece in coming)
            {
                (await piece.ConfigureAwait(false)).Dispose();
            }
        }
    }

    private async Task<Piece> FetchPieceAsync(PlannedBlob blob, long offset, int length)
    {
        try
        {
            await connections.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Piece.Ended(patience);
        }

        var piece = new Piece(length);
        try
        {
            piece.Refusal = await client.ReadBlobAsync("sha256:" + blob.Digest, offset, piece.Bytes, meter, patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            piece.Dispose();
            return Piece.Ended(patience);
        }
        finally
        {
            connections.Release();
        }

        return piece;
    }

    private void Discard(PlannedBlob blob, string path)
    {
        File.Delete(path);
        meter.Move(-blob.Bytes);
    }

    /// <summary>Some bytes of the blob in a borrowed buffer, or why there are none.</summary>
    private sealed class Piece(int length) : IDisposable
    {
        private byte[]? _buffer = length == 0 ? null : ArrayPool<byte>.Shared.Rent(length);

        public Memory<byte> Bytes => _buffer.AsMemory(0, length);

        public Refusal? Refusal { get; set; }

        public static Piece Ended(Patience patience) => new(0) { Refusal = RegistryProblem.Stalled(patience, null) };

        public void Dispose()
        {
            if (_buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = null;
            }
        }
    }
}
