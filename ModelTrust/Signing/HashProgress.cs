namespace Zakenak.ModelTrust.Signing;

/// <summary>How far hashing has come.</summary>
/// <param name="BytesDone">Bytes hashed so far, of all files.</param>
/// <param name="BytesTotal">Bytes to hash, as the files were at the start.</param>
public readonly record struct HashProgress(long BytesDone, long BytesTotal);

internal sealed class HashTotal(IEnumerable<ModelFile> files, IProgress<HashProgress>? progress)
{
    private readonly long _total = progress is null ? 0 : files.Sum(file => new FileInfo(file.Path) is { Exists: true } info ? info.Length : 0);
    private long _done;

    public void Advance(long bytes) => progress?.Report(new HashProgress(Interlocked.Add(ref _done, bytes), _total));
}
