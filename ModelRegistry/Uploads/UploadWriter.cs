using System.Buffers;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Writes an upload's bytes as they arrive, hashes them in constant memory, and makes the whole thing a blob. The caller holds the upload's turn.</summary>
internal sealed class UploadWriter(BlobStore blobs, UploadFolder folder, RegistryMetrics metrics, ILogger<UploadWriter> logger)
{
    private const int BufferBytes = 256 * 1024;

    public async Task<UploadAnswer> AppendAsync(string id, Upload upload, UploadTurn turn, long? offset, Stream body, CancellationToken cancelled)
    {
        FileStream file;
        try
        {
            file = new FileStream(folder.DataPath(id), FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            return UploadRefusals.Busy; // another replica has it
        }

        using (file)
        {
            if (offset is { } from && from != file.Length)
            {
                return new UploadAnswer(UploadRefusals.OffsetMismatch.Status, file.Length, id, UploadRefusals.OffsetMismatch);
            }

            var refusal = await ReceiveAsync(file, upload, turn, body, cancelled).ConfigureAwait(false);
            if (!TryFlush(file))
            {
                // After a failed flush nobody knows what the disk has, and a second flush would not tell.
                return new UploadAnswer(StatusCodes.Status503ServiceUnavailable, null, id, RegistryRefusals.StoreUnavailable, EndsUpload: true);
            }

            if (refusal is not null || file.Length < upload.Bytes)
            {
                return new UploadAnswer(refusal?.Status ?? StatusCodes.Status204NoContent, file.Length, id, refusal);
            }

            await CatchUpAsync(file, upload, turn, cancelled).ConfigureAwait(false);
        }

        return Complete(id, upload, turn.Hash!);
    }

    private async Task<Refusal?> ReceiveAsync(FileStream file, Upload upload, UploadTurn turn, Stream body, CancellationToken cancelled)
    {
        if (body == Stream.Null)
        {
            return null;
        }

        await CatchUpAsync(file, upload, turn, cancelled).ConfigureAwait(false);
        var hash = turn.Hash!;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, cancelled).ConfigureAwait(false)) > 0)
            {
                if (hash.Length + read > upload.Bytes)
                {
                    return UploadRefusals.TooLong;
                }

                if (Write(file, buffer.AsSpan(0, read), hash.Length) is { } refusal)
                {
                    return refusal;
                }

                hash.Append(buffer.AsSpan(0, read));
                metrics.Received(read);
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return UploadRefusals.TakenOver; // or the client is gone; then nobody reads it
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return UploadRefusals.TooLong;
        }
        catch (IOException)
        {
            return UploadRefusals.BodyBroken; // the connection's fault: what arrived stays
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the piece whole, or leaves the file as it was.</summary>
    private Refusal? Write(FileStream file, ReadOnlySpan<byte> piece, long at)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, piece, at);
            return null;
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            file.SetLength(at);
            Log.WriteFailed(logger, e);
            return RegistryRefusals.ForWrite(e);
        }
    }

    private static async Task CatchUpAsync(FileStream file, Upload upload, UploadTurn turn, CancellationToken cancelled)
    {
        // More bytes hashed than there are: a crash of the machine took some, or another replica cut them.
        if (turn.Hash?.Nonce != upload.Nonce || turn.Hash.Length > file.Length)
        {
            turn.Hash?.Dispose();
            turn.Hash = new RunningHash(upload.Nonce);
        }

        if (turn.Hash.Length < file.Length)
        {
            await Task.Run(() => turn.Hash.CatchUp(file, file.Length, cancelled), cancelled).ConfigureAwait(false);
        }
    }

    private bool TryFlush(FileStream file)
    {
        try
        {
            file.Flush(flushToDisk: true);
            return true;
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            Log.WriteFailed(logger, e);
            return false;
        }
    }

    private UploadAnswer Complete(string id, Upload upload, RunningHash hash)
    {
        var digest = hash.Current();
        if (digest.ToString() != upload.Digest)
        {
            return new UploadAnswer(UploadRefusals.DigestMismatch.Status, null, id, UploadRefusals.DigestMismatch, EndsUpload: true);
        }

        try
        {
            blobs.Adopt(folder.DataPath(id), digest);
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            Log.WriteFailed(logger, e);
            return new UploadAnswer(RegistryRefusals.StoreUnavailable.Status, upload.Bytes, id, RegistryRefusals.ForWrite(e));
        }

        metrics.Completed();
        Log.BlobCompleted(logger, digest, upload.Bytes, upload.Caller);
        return new UploadAnswer(StatusCodes.Status201Created, upload.Bytes, EndsUpload: true);
    }
}
