namespace Zakenak.ModelTrust.Signing;

/// <summary>Finds the files of a model. Links and special files refuse the whole model; the signature and the ignored paths are not part of it.</summary>
internal static class ModelDirectory
{
    private const int MaxEntries = 100_000;
    private const int MaxDepth = 64;

    /// <param name="modelPath">A folder, or the one file that a model may be.</param>
    /// <param name="signaturePath">Left out, as the specification says, wherever it is.</param>
    /// <param name="ignorePaths">Relative to the model's root; what is no canonical path matches nothing.</param>
    public static Result<IReadOnlyList<ModelFile>> Enumerate(string modelPath, string signaturePath, IReadOnlyList<string> ignorePaths)
    {
        var root = Path.GetFullPath(modelPath);
        if (File.Exists(root))
        {
            return new[] { new ModelFile(Path.GetFileName(root), root) };
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
            var refusal = Walk(new DirectoryInfo(root), "", 0, file => file.FullName == signature, ignored, files);
            return refusal is null ? files : refusal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{modelPath} can't be read: {e.Message}");
        }
    }

    private static Refusal? Walk(
        DirectoryInfo directory, string prefix, int depth, Predicate<FileSystemInfo> isSignature, List<string> ignored, List<ModelFile> files)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            var name = prefix + entry.Name;
            if (isSignature(entry) || ModelPath.IsIgnored(name, ignored))
            {
                continue;
            }

            if (entry.LinkTarget is not null)
            {
                return ModelFile.Symlink(entry.FullName);
            }

            if (ModelPath.Problem(name) is { } problem)
            {
                return new Refusal(RefusalCodes.PathNotAllowed, $"The file '{name}' can't be part of a model: its name {problem}. Rename or remove it.");
            }

            if (files.Count >= MaxEntries || depth >= MaxDepth)
            {
                return new Refusal(RefusalCodes.PathNotAllowed, $"{directory.FullName} has more than {MaxEntries} files or {MaxDepth} levels. Is this the folder of one model?");
            }

            if (entry is not DirectoryInfo inner)
            {
                files.Add(new ModelFile(name, entry.FullName));
            }
            else if (Walk(inner, name + "/", depth + 1, isSignature, ignored, files) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }
}
