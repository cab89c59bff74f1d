using System.Buffers;
using System.Security.Cryptography;

namespace Zakenak.ModelRegistry;

/// <summary>SHA-256 of an upload's bytes so far. What it has not seen (after a restart, or because another replica took it) it reads from the file.</summary>
internal sealed class RunningHash(string nonce) : IDisposable
{
    private const int PieceBytes = 1024 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Of the upload that it belongs to.</summary>
    public string Nonce { get; } = nonce;

    /// <summary>Bytes that it has seen.</summary>
    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Reads the file from where it stands up to <paramref name="length"/>.</summary>
    public void CatchUp(FileStream file, long length, CancellationToken cancellationToken)
    {
        if (Length >= length)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (Length < length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(file.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(PieceBytes, length - Length)), Length);
                if (read == 0)
                {
                    throw new IOException("The upload's file is shorter than it was.");
                }

                Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public BlobDigest Current() => BlobDigest.Of(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
