using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary>
/// The folder that a pull writes: <c>model/</c>, <c>attestations/</c>, <c>stage.json</c>, <c>fetched.json</c>. Bytes that are not whole yet lie in <c>.partial/</c>
/// inside it, named after the digest they must get: beside it could be another volume, where nothing can be renamed from.
/// </summary>
internal sealed class PullFolder : IDisposable
{
    public const string PartialName = ".partial";

    private readonly string _root;
    private readonly FileStream _turn;

    private PullFolder(string root, FileStream turn)
    {
        _root = root;
        _turn = turn;
    }

    public string Model => Path.Combine(_root, "model");

    private string Partial => Path.Combine(_root, PartialName);

    /// <summary>Takes the folder for this pull alone; the lock goes with the process.</summary>
    public static Result<PullFolder> Open(string destination)
    {
        var root = Path.GetFullPath(destination);
        Directory.CreateDirectory(Path.Combine(root, PartialName));
        Directory.CreateDirectory(Path.Combine(root, "model"));
        try
        {
            return new PullFolder(root, new FileStream(Path.Combine(root, PartialName, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return new Refusal(RefusalCodes.PullInProgress, $"Another pull writes to {destination}. Wait for it to end, or name another folder.");
        }
    }

    /// <summary>Null where the folder is free for this version, or has it already.</summary>
    public Refusal? RequireFree(string name, string version, string digest, IReadOnlyList<PlannedBlob> blobs)
    {
        var before = FetchedModel.Read(_root);
        if (before.IsSuccess && (before.Value.Name, before.Value.Version, before.Value.Digest) != (name, version, digest))
        {
            return new Refusal(
                RefusalCodes.DestinationTaken,
                $"{_root} holds {before.Value.Name}:{before.Value.Version} ({before.Value.Digest}). Name an empty folder: a version that may be served is not replaced under a server.");
        }

        var expected = blobs.SelectMany(blob => blob.Names).Append(SignatureBundle.FileName).ToHashSet(StringComparer.Ordinal);
        var unlisted = Directory.EnumerateFiles(Model, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Model, path).Replace(Path.DirectorySeparatorChar, '/'))
            .FirstOrDefault(name => !expected.Contains(name));
        return unlisted is null
            ? null
            : new Refusal(RefusalCodes.UnlistedFile, $"{Model} has '{unlisted}', which {name}:{version} does not. Name an empty folder, or remove this one first.");
    }

    /// <summary>Whether every file of a blob lies there as it was signed. One that does not is removed, and with it the word that the folder is finished.</summary>
    public bool Has(PlannedBlob blob, TransferMeter meter, CancellationToken cancellationToken)
    {
        foreach (var name in blob.Names)
        {
            var path = PathOf(name);
            if (!Path.Exists(path))
            {
                Unfinish();
                return false;
            }

            if (ModelManifest.Check([(new ModelFile(name, path), new ModelResource(name, blob.Digest))], new HashTotal([new ModelFile(name, path)], null), cancellationToken) is not null)
            {
                Unfinish();
                File.Delete(path);
                return false;
            }
        }

        meter.Move(blob.Bytes);
        return true;
    }

    /// <summary>Null where the disk has room for what is still to come.</summary>
    public Refusal? RequireRoom(IEnumerable<PlannedBlob> missing)
    {
        // Where files have the same bytes, each is a copy.
        var needed = missing.Sum(blob => (blob.Bytes * blob.Names.Count) - (new FileInfo(PartialOf(blob)) is { Exists: true } there ? Math.Min(there.Length, blob.Bytes) : 0));
        var free = new DriveInfo(_root).AvailableFreeSpace;
        return needed <= free
            ? null
            : new Refusal(RefusalCodes.InsufficientDisk, $"The version needs {needed >> 20} MiB more under {_root} and {free >> 20} MiB are free. Free some, or name a folder on another disk.");
    }

    public string PartialOf(PlannedBlob blob) => Path.Combine(Partial, blob.Digest);

    /// <summary>Gives whole bytes their names, for reading only.</summary>
    public void Place(PlannedBlob blob)
    {
        var partial = PartialOf(blob);
        foreach (var name in blob.Names.Skip(1))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            var copy = partial + ".copy";
            File.Copy(partial, copy, overwrite: true);
            using (var stream = new FileStream(copy, FileMode.Open, FileAccess.ReadWrite))
            {
                stream.Flush(flushToDisk: true);
            }

            MoveReadOnly(copy, PathOf(name));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(blob.Names[0]))!);
        MoveReadOnly(partial, PathOf(blob.Names[0]));
    }

    /// <summary>Writes what proves the version, then, last, that it is whole.</summary>
    public Refusal? Finish(byte[] bundle, VersionDocument document, FetchedModel fetched)
    {
        var refusal = Write(Path.Combine(Model, SignatureBundle.FileName), bundle);
        foreach (var directory in Directory.GetDirectories(Model, "*", SearchOption.AllDirectories).Append(Model))
        {
            AtomicFile.FlushDirectory(directory);
        }

        refusal ??= FetchedModel.WriteAttestations(_root, document.AttestationEnvelopes());

        // A registry that shows no statement any more takes nothing back: the newest one seen stays.
        if (document.StageEnvelope() is { } stage)
        {
            refusal ??= Write(Path.Combine(_root, "stage.json"), stage);
        }

        AtomicFile.FlushDirectory(_root);
        refusal ??= fetched.Write(_root);
        if (refusal is null)
        {
            Clean();
        }

        return refusal;
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>What lies in <c>.partial</c> from another version is of no use to this one.</summary>
    public void Clean(IEnumerable<PlannedBlob>? keep = null)
    {
        var kept = keep?.Select(blob => blob.Digest).ToHashSet(StringComparer.Ordinal) ?? [];
        foreach (var path in Directory.GetFiles(Partial).Where(path => Path.GetFileName(path) is not "lock" and var name && !kept.Contains(name)))
        {
            File.Delete(path);
        }
    }

    private string PathOf(string name) => Path.Combine(Model, name.Replace('/', Path.DirectorySeparatorChar));

    private void Unfinish() => File.Delete(Path.Combine(_root, FetchedModel.FileName));

    private static Refusal? Write(string path, byte[] content) => AtomicFile.Write(path, content, FetchedModel.ReadOnly);

    private static void MoveReadOnly(string from, string to)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(from, FetchedModel.ReadOnly);
        }

        File.Move(from, to, overwrite: true);
    }
}
