using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust.Signing;

/// <summary>SHA-256 of a file, read in bounded pieces; one piece is hashed while the next is read and handed to the sink.</summary>
internal static class FileHasher
{
    private const int PieceBytes = 1024 * 1024;

    /// <summary>Hashes the first <paramref name="length"/> bytes; the sink gets each piece before it may be overwritten.</summary>
    /// <returns>The digest, lowercase hex, or null where the file is shorter or longer than <paramref name="length"/> by now.</returns>
    public static string? Hash(
        SafeFileHandle file, long length, Action<ReadOnlyMemory<byte>, long>? sink, Action<long>? advanced, CancellationToken cancellationToken)
    {
        byte[][] buffers = [ArrayPool<byte>.Shared.Rent(PieceBytes), ArrayPool<byte>.Shared.Rent(PieceBytes)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hashing = Task.CompletedTask;
        try
        {
            long offset = 0;
            for (var turn = 0; offset < length; turn ^= 1)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var buffer = buffers[turn];
                var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(PieceBytes, length - offset)), offset);
                if (read == 0)
                {
                    return null;
                }

                sink?.Invoke(buffer.AsMemory(0, read), offset);
                hashing.GetAwaiter().GetResult();
                offset += read;
                if (offset < length)
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
                : null;
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
}
