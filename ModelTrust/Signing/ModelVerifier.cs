namespace Zakenak.ModelTrust.Signing;

/// <summary>Verifies a model where it lies: signature, list of files, digest of each.</summary>
public static class ModelVerifier
{
    /// <param name="modelPath">The model's folder, or the one file it is.</param>
    /// <param name="signaturePath">Its bundle, usually <c>model.sig</c> in the folder.</param>
    /// <param name="signers">Whose signature counts.</param>
    /// <param name="ignorePaths">Paths to leave out beside those that the signer recorded.</param>
    /// <param name="progress">Told the bytes hashed so far and in all, from several threads.</param>
    /// <param name="cancellationToken">Ends the work by <see cref="OperationCanceledException"/>.</param>
    public static Result<SignedModel> Verify(
        string modelPath,
        string signaturePath,
        AllowedSigners signers,
        IReadOnlyList<string>? ignorePaths = null,
        IProgress<HashProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var signed = SignedModel.Open(signaturePath, signers);
        if (!signed.IsSuccess)
        {
            return signed.Refusal;
        }

        var matched = ModelManifest.Match(signed.Value.Statement, modelPath, signaturePath, ignorePaths ?? []);
        if (!matched.IsSuccess)
        {
            return matched.Refusal;
        }

        var total = new HashTotal(matched.Value.Select(pair => pair.File), progress);
        return ModelManifest.Check(matched.Value, total, cancellationToken) is { } refusal ? refusal : signed;
    }
}
