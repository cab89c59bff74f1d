using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust.Signing;

/// <summary>SHA-256 of a file, in bounded memory.</summary>
internal static class FileHasher
{
    /// <summary>Small enough that a piece is still in the core's own cache when it is hashed.</summary>
    private const int PieceBytes = 256 * 1024;

    /// <summary>A smaller file is read sooner than mapped.</summary>
    private const int MappedBytes = 1024 * 1024;

    /// <summary>Hashed in some hundredths of a second, far within the time that the kernel gives a lease to end.</summary>
    private const int WindowBytes = 16 * 1024 * 1024;

    /// <summary>Hashes the first <paramref name="length"/> bytes, which must be all there are.</summary>
    /// <param name="file">Open for reading.</param>
    /// <param name="path">How to call it when something is wrong.</param>
    /// <param name="length">Bytes, as measured when the file was opened.</param>
    /// <param name="isAlone">Hash on another core while the next piece is read and handed to the sink. It costs a tenth more processor time, so not where every core has a file of its own.</param>
    /// <param name="sink">Gets each piece and its offset; its refusal ends the work.</param>
    /// <param name="advanced">Told the bytes of each piece.</param>
    /// <param name="cancellationToken">Ends the work by <see cref="OperationCanceledException"/>.</param>
    /// <returns>SHA-256, lowercase hex.</returns>
    public static Result<string> Hash(
        SafeFileHandle file,
        string path,
        long length,
        bool isAlone,
        Func<ReadOnlyMemory<byte>, long, Refusal?>? sink,
        Action<long>? advanced,
        CancellationToken cancellationToken)
    {
        byte[][] buffers = [ArrayPool<byte>.Shared.Rent(PieceBytes), ArrayPool<byte>.Shared.Rent(PieceBytes)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hashing = Task.CompletedTask;
        try
        {
            var offset = sink is null && length >= MappedBytes ? HashMapped(file, length, hash, advanced, cancellationToken) : 0;
            for (var turn = 0; offset < length; turn ^= 1)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var buffer = buffers[turn];
                var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(PieceBytes, length - offset)), offset);
                if (read == 0)
                {
                    return Changing(path);
                }

                if (sink?.Invoke(buffer.AsMemory(0, read), offset) is { } refusal)
                {
                    return refusal;
                }

                hashing.GetAwaiter().GetResult();
                offset += read;
                if (isAlone && offset < length)
                {
                    hashing = Task.Run(() => hash.AppendData(buffer, 0, read), CancellationToken.None);
                }
                else
                {
                    hash.AppendData(buffer, 0, read);
                }

                advanced?.Invoke(read);
            }

            return RandomAccess.Read(file, buffers[0].AsSpan(0, 1), length) == 0
                ? Convert.ToHexStringLower(hash.GetHashAndReset())
                : Changing(path);
        }
        catch (IOException e)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{path} can't be read: {e.Message}");
        }
        finally
        {
            // The pool must not lend out a buffer that is still being hashed.
            ((IAsyncResult)hashing).AsyncWaitHandle.WaitOne();
            foreach (var buffer in buffers)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Hashed where the kernel has them, a file's bytes cost no copy, which is a sixth of the work. Returns how far it came: all the way,
    // or to where somebody asked to write, or nowhere where the kernel grants no lease.
    private static long HashMapped(SafeFileHandle file, long length, IncrementalHash hash, Action<long>? advanced, CancellationToken cancellationToken)
    {
        using var lease = FileLease.TryTake(file);
        if (lease is null || RandomAccess.GetLength(file) != length)
        {
            return 0;
        }

        using var mapped = MemoryMappedFile.CreateFromFile(file, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        long offset = 0;
        while (offset < length && lease.IsHeld)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = (int)Math.Min(WindowBytes, length - offset);
            using (var window = mapped.CreateViewAccessor(offset, bytes, MemoryMappedFileAccess.Read))
            {
                Append(hash, window, bytes);
            }

            offset += bytes;
            advanced?.Invoke(bytes);
        }

        return offset;
    }

    private static unsafe void Append(IncrementalHash hash, MemoryMappedViewAccessor window, int bytes)
    {
        byte* start = null;
        window.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            hash.AppendData(new ReadOnlySpan<byte>(start + window.PointerOffset, bytes));
        }
        finally
        {
            window.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static Refusal Changing(string path) => new(
        RefusalCodes.FileUnreadable,
        $"{path} changed while it was being read. Try again when nothing writes to it.");
}
