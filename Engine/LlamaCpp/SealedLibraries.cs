using System.Security.Cryptography;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>Copies of a platform's native libraries that were found to be the pinned ones and can't change any more.</summary>
internal sealed class SealedLibraries : IDisposable
{
    private readonly Dictionary<string, SealedFile> _files = [];

    private SealedLibraries() { }

    public SealedFile this[string name] => _files[name];

    /// <summary>Copies and checks every library; throws <see cref="EngineException"/> if one is missing, changed or not in the manifest.</summary>
    public static SealedLibraries Open(string directory, NativeManifest manifest)
    {
        RefuseUnlisted(directory, manifest);
        var libraries = new SealedLibraries();
        try
        {
            foreach (var file in manifest.Files)
                libraries._files.Add(file.Name, OpenOne(directory, file));
            return libraries;
        }
        catch
        {
            libraries.Dispose();
            throw;
        }
    }

    /// <summary>Lets go of a library that the dynamic linker did not keep.</summary>
    public void Release(string name)
    {
        if (_files.Remove(name, out var file))
            file.Dispose();
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
        _files.Clear();
    }

    private static SealedFile OpenOne(string directory, NativeManifest.Entry pinned)
    {
        SealedFile file;
        try
        {
            file = SealedFile.Copy(Path.Combine(directory, pinned.Name));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EngineException(
                EngineErrorCode.NativeMissing,
                $"The native library {pinned.Name} is not in {directory}. Build the Engine project on a machine with npm, or set Engine:NativeDirectory.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorCode.NativeLoadFailed, $"The native library {pinned.Name} in {directory} could not be read: {e.Message}", e);
        }

        if (CryptographicOperations.FixedTimeEquals(file.Sha256, pinned.Sha256))
            return file;

        var actual = Convert.ToHexStringLower(file.Sha256);
        file.Dispose();
        throw new EngineException(
            EngineErrorCode.NativeHashMismatch,
            $"The native library {pinned.Name} in {directory} has SHA-256 {actual}, pinned is {Convert.ToHexStringLower(pinned.Sha256)}. It was not loaded.");
    }

    // Nothing that is not in the manifest would be loaded; a library that somebody put there all the same is worth stopping for.
    private static void RefuseUnlisted(string directory, NativeManifest manifest)
    {
        if (!Directory.Exists(directory))
            return;

        var listed = manifest.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var unlisted = Directory.EnumerateFiles(directory).Select(Path.GetFileName)
            .FirstOrDefault(name => name!.Contains(".so", StringComparison.Ordinal) && !listed.Contains(name));
        if (unlisted is not null)
            throw new EngineException(EngineErrorCode.NativeHashMismatch, $"{directory} holds {unlisted}, which is not among the pinned native libraries.");
    }
}
