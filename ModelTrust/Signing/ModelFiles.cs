namespace Zakenak.ModelTrust.Signing;

/// <summary>Hashes the files of a model on all cores, in memory that does not depend on their size.</summary>
internal static class ModelFiles
{
    /// <summary>A smaller file is done before a second core is worth waking.</summary>
    private const long LargeBytes = 16 * 1024 * 1024;

    /// <param name="files">In any order.</param>
    /// <param name="total">Told of every piece.</param>
    /// <param name="cancellationToken">Ends the work by <see cref="OperationCanceledException"/>.</param>
    /// <param name="check">Judges the digest of the file at an index; its refusal ends the work.</param>
    /// <returns>SHA-256 of each file, lowercase hex; or the refusal of the first file in their order that had one when the work ended.</returns>
    public static Result<IReadOnlyList<string>> Hash(
        IReadOnlyList<ModelFile> files, HashTotal total, CancellationToken cancellationToken, Func<int, string, Refusal?>? check = null)
    {
        var digests = new string[files.Count];
        var refusals = new Refusal?[files.Count];
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var isAlone = files.Count(file => new FileInfo(file.Path) is { Exists: true, Length: > LargeBytes }) < Environment.ProcessorCount;
        Parallel.For(0, files.Count, options, (index, state) =>
        {
            var digest = Hash(files[index], isAlone, total, cancellationToken);
            digests[index] = digest.Value ?? "";
            refusals[index] = digest.IsSuccess ? check?.Invoke(index, digest.Value) : digest.Refusal;
            if (refusals[index] is not null)
            {
                state.Stop();
            }
        });
        return refusals.FirstOrDefault(refusal => refusal is not null) is { } refusal ? refusal : digests;
    }

    private static Result<string> Hash(ModelFile file, bool isAlone, HashTotal total, CancellationToken cancellationToken)
    {
        var opened = ModelFile.Open(file.Path);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        using var handle = opened.Value;
        return FileHasher.Hash(handle, file.Path, RandomAccess.GetLength(handle), isAlone, sink: null, total.Advance, cancellationToken);
    }
}
