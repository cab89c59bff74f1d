using Zakenak.ModelTrust.Dsse;

namespace Zakenak.ModelTrust.Signing;

/// <summary>Signs a model where it lies.</summary>
public static class ModelSigner
{
    /// <summary>Hashes every file of the model and writes the bundle, in place of one that is there.</summary>
    /// <param name="modelPath">The model's folder, or the one file it is.</param>
    /// <param name="signaturePath">Where the bundle goes; left out of what is signed.</param>
    /// <param name="key">The signer's; with its certificates, where it has been given them.</param>
    /// <param name="subject">What the model is called in the statement; null = the name of the folder or file, as the specification says.</param>
    /// <param name="ignorePaths">Paths to leave out, relative to the model's root.</param>
    /// <param name="progress">Told the bytes hashed so far and in all.</param>
    /// <param name="cancellationToken">Ends the work by <see cref="OperationCanceledException"/>.</param>
    public static Result<ModelStatement> Sign(
        string modelPath,
        string signaturePath,
        SigningKey key,
        string? subject = null,
        IReadOnlyList<string>? ignorePaths = null,
        IProgress<HashProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var described = Describe(modelPath, signaturePath, subject, ignorePaths, progress, cancellationToken);
        if (!described.IsSuccess)
        {
            return described.Refusal;
        }

        var bundle = Sign(key, described.Value.Subject, described.Value.Resources, described.Value.IgnorePaths, out var statement);
        return bundle.IsSuccess && AtomicFile.Write(signaturePath, bundle.Value, AtomicFile.Public) is { } refusal ? refusal
            : bundle.IsSuccess ? statement
            : bundle.Refusal;
    }

    /// <summary>Hashes every file of the model: what would be signed, and its root digest. Parameters as those of the other.</summary>
    public static Result<ModelStatement> Describe(
        string modelPath,
        string signaturePath,
        string? subject = null,
        IReadOnlyList<string>? ignorePaths = null,
        IProgress<HashProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if ((ignorePaths ?? []).FirstOrDefault(path => ModelPath.Problem(path) is not null || path.AsSpan().ContainsAny("*?[")) is { } bad)
        {
            return new Refusal(RefusalCodes.PathNotAllowed, $"'{bad}' is no path to ignore. Write it relative to the model's root, without wildcards.");
        }

        var enumerated = ModelDirectory.Enumerate(modelPath, signaturePath, ignorePaths ?? []);
        if (!enumerated.IsSuccess)
        {
            return enumerated.Refusal;
        }

        var total = new HashTotal(enumerated.Value, progress);
        var digests = ModelFiles.Hash(enumerated.Value, total, cancellationToken);
        if (!digests.IsSuccess)
        {
            return digests.Refusal;
        }

        var resources = enumerated.Value.Zip(digests.Value, (file, digest) => new ModelResource(file.Name, digest)).ToList();
        if (resources.Count == 0)
        {
            return new Refusal(RefusalCodes.ModelNotFound, "There is no file to sign. Name the folder that holds the model.");
        }

        subject ??= Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(modelPath)));
        return ModelStatement.Of(subject, resources, IgnoredHere(modelPath, signaturePath, ignorePaths ?? []));
    }

    /// <summary>Signs digests that are known already, such as those taken while copying.</summary>
    internal static Result<byte[]> Sign(
        SigningKey key, string subject, IReadOnlyList<ModelResource> resources, IReadOnlyList<string> ignorePaths, out ModelStatement statement)
    {
        statement = ModelStatement.Of(subject, resources, ignorePaths);
        var bundle = SignatureBundle.Sign(key, DsseEnvelope.InTotoPayloadType, statement.Write());

        // Our own output goes through our own verifier before anybody else sees it.
        return SignedModel.CheckOwn(bundle, key.PublicKey) is { } refusal ? refusal : bundle;
    }

    private static List<string> IgnoredHere(string modelPath, string signaturePath, IReadOnlyList<string> ignorePaths)
    {
        List<string> ignored = [.. ModelPath.DefaultIgnores, .. ignorePaths];
        var signature = Path.GetRelativePath(Path.GetFullPath(modelPath), Path.GetFullPath(signaturePath)).Replace(Path.DirectorySeparatorChar, '/');
        if (ModelPath.Problem(signature) is null)
        {
            ignored.Add(signature);
        }

        return [.. ignored.Distinct(StringComparer.Ordinal)];
    }
}
