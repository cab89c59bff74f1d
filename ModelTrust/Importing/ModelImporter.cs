using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Importing;

/// <summary>
/// Adopts a GGUF file: checks it, copies it, signs the copy. A version appears whole, by one rename, or not at all; once there it is not changed.
/// </summary>
public sealed class ModelImporter(ModelStore store)
{
    private const string TemporaryPrefix = ".import-";

    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public Result<ImportedModel> Import(
        string file, string name, string version, SigningKey key, IProgress<HashProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (ModelName.Check(name, version) is { } badName)
        {
            return badName;
        }

        var opened = ModelFile.Open(Resolve(file));
        if (!opened.IsSuccess)
        {
            return opened.Refusal.Code == RefusalCodes.MissingFile
                ? new Refusal(RefusalCodes.ModelNotFound, $"{file} does not exist. Name the GGUF file to import.")
                : opened.Refusal;
        }

        using var source = opened.Value;
        var header = GgufHeader.Read(source);
        if (!header.IsSuccess)
        {
            return header.Refusal;
        }

        if (header.Value.RequireServable() is { } notServable)
        {
            return notServable;
        }

        try
        {
            ModelStore.Create(store.NameDirectory(name));
            using var turn = TakeTurn(name);
            return turn is null
                ? new Refusal(RefusalCodes.ImportInProgress, $"Another import of '{name}' is running. Wait for it to end and try again.")
                : Import(source, file, name, version, key, progress, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.WriteFailed, $"{store.NameDirectory(name)} can't be written: {e.Message}");
        }
    }

    /// <summary>A link is fine here: the user names the file, and from here on its bytes count.</summary>
    private static string Resolve(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        }
        catch (IOException)
        {
            return file;
        }
    }

    private Result<ImportedModel> Import(
        SafeFileHandle source, string file, string name, string version, SigningKey key, IProgress<HashProgress>? progress, CancellationToken cancellationToken)
    {
        var target = store.VersionDirectory(name, version);
        if (Directory.Exists(target))
        {
            return new Refusal(
                RefusalCodes.ModelExists,
                $"{ModelName.Subject(name, version)} exists already, and a version never changes. Import under the next version, or remove {target} if nobody uses it.");
        }

        // The lock is ours, so whatever lies here is what a killed import left.
        foreach (var left in Directory.GetDirectories(store.NameDirectory(name), TemporaryPrefix + "*"))
        {
            Directory.Delete(left, recursive: true);
        }

        var length = RandomAccess.GetLength(source);
        if (new DriveInfo(store.NameDirectory(name)).AvailableFreeSpace is var free && free < length)
        {
            return new Refusal(
                RefusalCodes.InsufficientDisk,
                $"The model needs {length >> 20} MiB of disk and {free >> 20} MiB are free. Free some, or put the state folder elsewhere (--state or ZAKENAK_HOME).");
        }

        var temporary = Path.Combine(store.NameDirectory(name), TemporaryPrefix + Path.GetRandomFileName());
        try
        {
            ModelStore.Create(temporary);
            var modelFile = $"{name}-{version}.gguf";
            var digest = Copy(source, file, length, Path.Combine(temporary, modelFile), progress, cancellationToken);
            if (!digest.IsSuccess)
            {
                return digest.Refusal;
            }

            // Of the copy: the source may have changed since its own header was read.
            var header = GgufHeader.Read(Path.Combine(temporary, modelFile));
            if (!header.IsSuccess)
            {
                return header.Refusal;
            }

            var bundle = ModelSigner.Sign(
                key, ModelName.Subject(name, version), [new ModelResource(modelFile, digest.Value)], [.. ModelPath.DefaultIgnores, SignatureBundle.FileName], out var statement);
            if (!bundle.IsSuccess)
            {
                return bundle.Refusal;
            }

            var refusal = AtomicFile.Write(Path.Combine(temporary, SignatureBundle.FileName), bundle.Value, AtomicFile.Secret) ?? AllowSigner(name, key.PublicKey);
            if (refusal is not null)
            {
                return refusal;
            }

            cancellationToken.ThrowIfCancellationRequested();
            Directory.Move(temporary, target);
            AtomicFile.FlushDirectory(store.NameDirectory(name));
            return new ImportedModel(
                name, version, target, "sha256:" + statement!.RootDigest, "sha256:" + digest.Value, key.PublicKey.Id, length, header.Value);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>One import of a name at a time; the lock goes with the process that held it.</summary>
    private FileStream? TakeTurn(string name)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = AtomicFile.Secret;
        }

        try
        {
            return new FileStream(Path.Combine(store.NameDirectory(name), ".import.lock"), options);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private Refusal? AllowSigner(string name, SignerKey signer)
    {
        var directory = store.SignersDirectory(name);
        ModelStore.Create(directory);
        var path = Path.Combine(directory, signer.Id[..16] + ".pem");
        return File.Exists(path) ? null : AtomicFile.Write(path, System.Text.Encoding.ASCII.GetBytes(signer.Pem), AtomicFile.Secret);
    }

    private static Result<string> Copy(
        SafeFileHandle source, string sourcePath, long length, string path, IProgress<HashProgress>? progress, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, PreallocationSize = length };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead;
        }

        using var copy = new FileStream(path, options);
        long done = 0;
        var digest = FileHasher.Hash(
            source,
            sourcePath,
            length,
            isAlone: true,
            (piece, _) => Write(copy, piece),
            read => progress?.Report(new HashProgress(done += read, length)),
            cancellationToken);
        copy.Flush(flushToDisk: true);
        return digest;
    }

    private static Refusal? Write(FileStream copy, ReadOnlyMemory<byte> piece)
    {
        try
        {
            copy.Write(piece.Span);
            return null;
        }
        catch (IOException e)
        {
            return new Refusal(RefusalCodes.WriteFailed, $"{copy.Name} can't be written: {e.Message}");
        }
    }
}
