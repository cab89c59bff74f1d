using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Begins, continues and finishes uploads. A blob is there when its last byte and its digest are, and not a moment earlier.</summary>
internal sealed class UploadStore(
    BlobStore blobs, UploadFolder folder, UploadWriter writer, IOptions<UploadOptions> options, IOptions<StoreOptions> store, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, UploadTurn> _turns = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _beginning = new(1, 1);

    /// <summary>Begins an upload, or finds the one that this caller began before. Without a location in the answer the blob is there.</summary>
    public async Task<UploadAnswer> BeginAsync(string caller, BlobDigest digest, long bytes, CancellationToken cancellationToken)
    {
        if (bytes < 0 || bytes > options.Value.MaxBlobBytes)
        {
            return UploadRefusals.TooLarge(options.Value.MaxBlobBytes);
        }

        if (blobs.LengthOf(digest) is { } length)
        {
            return length == bytes ? new UploadAnswer(StatusCodes.Status200OK, length) : UploadRefusals.OtherSize;
        }

        var id = UploadFolder.IdOf(caller, digest, bytes);
        await _beginning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (folder.Find(id) is null)
            {
                if (Refuse(bytes) is { } refusal)
                {
                    return refusal;
                }

                folder.Make(id, new Upload(caller, digest.ToString(), bytes, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))));
                if (bytes > 0)
                {
                    return new UploadAnswer(StatusCodes.Status201Created, 0, id);
                }
            }
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            return RegistryRefusals.ForWrite(e);
        }
        finally
        {
            _beginning.Release();
        }

        // Nothing to append: it tells the offset, and finishes what a crash left between the last byte and the blob's name.
        var answer = await ContinueAsync(caller, id, null, Stream.Null, cancellationToken).ConfigureAwait(false);
        return answer.Status == StatusCodes.Status204NoContent ? answer with { Status = StatusCodes.Status200OK, Id = id } : answer;
    }

    /// <summary>Appends the body.</summary>
    /// <param name="offset">Where the client believes that it goes on; null asks only where that is.</param>
    public async Task<UploadAnswer> ContinueAsync(string caller, string id, long? offset, Stream body, CancellationToken cancellationToken)
    {
        if (FindOf(caller, id) is null)
        {
            return UploadRefusals.NotFound;
        }

        var turn = _turns.GetOrAdd(id, _ => new UploadTurn());
        using var held = await turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        if (FindOf(caller, id) is not { } upload)
        {
            return UploadRefusals.NotFound;
        }

        var answer = await writer.AppendAsync(id, upload, turn, offset, body, held.Cancelled).ConfigureAwait(false);
        if (answer.EndsUpload)
        {
            Forget(id, turn);
        }

        return answer;
    }

    /// <summary>Deletes an upload.</summary>
    public async Task<UploadAnswer> AbandonAsync(string caller, string id, CancellationToken cancellationToken)
    {
        if (FindOf(caller, id) is null)
        {
            return UploadRefusals.NotFound;
        }

        var turn = _turns.GetOrAdd(id, _ => new UploadTurn());
        using var held = await turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        Forget(id, turn);
        return new UploadAnswer(StatusCodes.Status204NoContent, 0);
    }

    /// <summary>Deletes uploads that got no byte for long, and the litter of crashes; the number of uploads deleted.</summary>
    public int Collect()
    {
        var before = (time.GetUtcNow() - options.Value.UploadMaxAge).UtcDateTime;
        var collected = 0;
        foreach (var id in folder.List().Where(id => folder.TouchedAt(id) < before))
        {
            var turn = _turns.GetOrAdd(id, _ => new UploadTurn());
            if (turn.TryTake() is { } held)
            {
                using (held)
                {
                    Forget(id, turn);
                    collected++;
                }
            }
        }

        folder.DeleteLitter(before);
        return collected;
    }

    public void Dispose()
    {
        _beginning.Dispose();
        foreach (var turn in _turns.Values)
        {
            turn.Hash?.Dispose();
        }
    }

    private Upload? FindOf(string caller, string id) => folder.Find(id) is { } upload && upload.Caller == caller ? upload : null;

    private Refusal? Refuse(long bytes)
    {
        var open = folder.List();
        if (open.Count >= options.Value.MaxOpenUploads)
        {
            return UploadRefusals.TooMany;
        }

        var promised = open.Sum(id => folder.Find(id) is { } other ? other.Bytes - folder.LengthOf(id) : 0);
        return new DriveInfo(store.Value.PathOf("")).AvailableFreeSpace - promised - store.Value.MinFreeBytes < bytes ? RegistryRefusals.InsufficientDisk : null;
    }

    /// <summary>Called by the holder of the turn. Whoever waits for it finds the upload gone; whoever begins it anew gets another turn.</summary>
    private void Forget(string id, UploadTurn turn)
    {
        folder.Delete(id);
        _turns.TryRemove(new KeyValuePair<string, UploadTurn>(id, turn));
        turn.Hash?.Dispose();
        turn.Hash = null;
    }
}
