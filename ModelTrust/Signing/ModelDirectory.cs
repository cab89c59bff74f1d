namespace Zakenak.ModelTrust.Signing;

/// <summary>Finds the files of a model. Special files refuse the whole model, and so do links unless its signer followed them; the signature and the ignored paths are not part of it.</summary>
internal static class ModelDirectory
{
    private const int MaxEntries = 100_000;
    private const int MaxDepth = 64;

    /// <param name="modelPath">A folder, or the one file that a model may be.</param>
    /// <param name="signaturePath">Left out, as the specification says, wherever it is.</param>
    /// <param name="ignorePaths">Relative to the model's root; what is no canonical path matches nothing.</param>
    /// <param name="allowSymlinks">A link counts as what it points to, under the link's name (section 6.1.1 of the specification).</param>
    public static Result<IReadOnlyList<ModelFile>> Enumerate(
        string modelPath, string signaturePath, IReadOnlyList<string> ignorePaths, bool allowSymlinks = false)
    {
        var root = Path.GetFullPath(modelPath);
        if (File.Exists(root))
        {
            return new[] { new ModelFile(Path.GetFileName(root), allowSymlinks ? Target(new FileInfo(root)).FullName : root) };
        }

        if (!Directory.Exists(root))
        {
            return new Refusal(RefusalCodes.ModelNotFound, $"{modelPath} does not exist. Name the folder that holds the model and its {SignatureBundle.FileName}.");
        }

        List<string> ignored = [.. ModelPath.DefaultIgnores, .. ignorePaths.Where(path => ModelPath.Problem(path) is null)];
        var signature = Path.GetFullPath(signaturePath);
        var files = new List<ModelFile>();
        try
        {
            var refusal = new Walk(file => file.FullName == signature, ignored, allowSymlinks, files).Into(new DirectoryInfo(root), "", 0);
            return refusal is null ? files : refusal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{modelPath} can't be read: {e.Message}");
        }
    }

    private static FileSystemInfo Target(FileSystemInfo entry) => entry.ResolveLinkTarget(returnFinalTarget: true) ?? entry;

    private sealed class Walk(Predicate<FileSystemInfo> isSignature, List<string> ignored, bool allowSymlinks, List<ModelFile> files)
    {
        private int _entries;

        public Refusal? Into(DirectoryInfo directory, string prefix, int depth)
        {
            // The depth also ends a link that leads back to a folder above it.
            if (depth > MaxDepth)
            {
                return TooMany(directory);
            }

            foreach (var entry in directory.EnumerateFileSystemInfos())
            {
                var name = prefix + entry.Name;
                if (isSignature(entry) || ModelPath.IsIgnored(name, ignored))
                {
                    continue;
                }

                if (++_entries > MaxEntries)
                {
                    return TooMany(directory);
                }

                if ((ModelPath.Problem(name) is { } problem
                    ? new Refusal(RefusalCodes.PathNotAllowed, $"The file '{name}' can't be part of a model: its name {problem}. Rename or remove it.")
                    : Add(entry, name, depth)) is { } refusal)
                {
                    return refusal;
                }
            }

            return null;
        }

        private Refusal? Add(FileSystemInfo entry, string name, int depth)
        {
            var target = entry;
            if (entry.LinkTarget is not null)
            {
                target = Target(entry);
                if (!allowSymlinks || !Path.Exists(target.FullName))
                {
                    return ModelFile.Symlink(entry.FullName);
                }
            }

            if (Directory.Exists(target.FullName))
            {
                return Into(new DirectoryInfo(target.FullName), name + "/", depth + 1);
            }

            files.Add(new ModelFile(name, target.FullName));
            return null;
        }

        private static Refusal TooMany(DirectoryInfo directory) => new(
            RefusalCodes.PathNotAllowed,
            $"{directory.FullName} has more than {MaxEntries} entries or {MaxDepth} levels. Is this the folder of one model, and does no link in it lead back?");
    }
}
