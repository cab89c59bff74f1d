namespace Zakenak.ModelTrust.Signing;

/// <summary>Holds the files of a folder against the list that was signed.</summary>
internal static class ModelManifest
{
    /// <summary>The files that the statement lists, each of which is there, with nothing beside them.</summary>
    public static Result<IReadOnlyList<(ModelFile File, ModelResource Resource)>> Match(
        ModelStatement statement, string modelPath, string signaturePath, IReadOnlyList<string> ignorePaths)
    {
        var enumerated = ModelDirectory.Enumerate(modelPath, signaturePath, [.. statement.IgnorePaths, .. ignorePaths], statement.AllowSymlinks);
        if (!enumerated.IsSuccess)
        {
            return enumerated.Refusal;
        }

        var found = enumerated.Value.ToDictionary(file => file.Name, StringComparer.Ordinal);
        if (statement.Resources is [{ Name: "." } only] && File.Exists(modelPath))
        {
            return new[] { (enumerated.Value[0], only) };
        }

        var matched = new List<(ModelFile, ModelResource)>();
        foreach (var resource in statement.Resources)
        {
            if (!found.Remove(resource.Name, out var file))
            {
                return new Refusal(
                    RefusalCodes.MissingFile,
                    $"The signature lists '{resource.Name}', which {modelPath} does not have. Get the whole model again from where it was signed.");
            }

            matched.Add((file, resource));
        }

        return found.Count == 0
            ? matched
            : new Refusal(
                RefusalCodes.UnlistedFile,
                $"{modelPath} has '{found.Keys.Order(StringComparer.Ordinal).First()}', which the signature does not list. Remove it, or sign the model again with it.");
    }

    /// <summary>Null where every file is, byte for byte, the one that was signed.</summary>
    public static Refusal? Check(
        IReadOnlyList<(ModelFile File, ModelResource Resource)> files, HashTotal total, CancellationToken cancellationToken)
    {
        var digests = ModelFiles.Hash([.. files.Select(pair => pair.File)], total, cancellationToken, (index, digest) =>
            digest == files[index].Resource.Digest ? null : Changed(files[index].Resource.Name));
        return digests.Refusal;
    }

    public static Refusal Changed(string name) => new(
        RefusalCodes.DigestMismatch,
        $"'{name}' is not the file that was signed: its SHA-256 differs. Get it again from where it was signed, or sign the model again if you meant the change.");
}
