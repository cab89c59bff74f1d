namespace Zakenak.ModelTrust.Signing;

/// <summary>The public keys whose signatures count. There is no default: without a key everything is refused.</summary>
public sealed class AllowedSigners
{
    private const int MaxKeys = 256;

    private readonly IReadOnlyList<SignerKey> _keys;

    private AllowedSigners(IReadOnlyList<SignerKey> keys) => _keys = keys;

    public IReadOnlyList<SignerKey> Keys => _keys;

    public static AllowedSigners Only(SignerKey key) => new([key]);

    /// <summary>Reads every <c>*.pem</c> of a folder. One file that is not a public key refuses the folder: half of an allow-list is not what somebody decided.</summary>
    public static Result<AllowedSigners> Load(string directory)
    {
        try
        {
            var files = Directory.GetFiles(directory, "*.pem").Order(StringComparer.Ordinal).ToList();
            if (files.Count is 0 or > MaxKeys)
            {
                return new Refusal(
                    RefusalCodes.SignersMissing,
                    $"{directory} holds {files.Count} public keys (*.pem), so nobody may sign this model. Put between 1 and {MaxKeys} there, each the key of somebody you trust.");
            }

            var keys = new List<SignerKey>();
            foreach (var file in files)
            {
                var key = SignerKey.Load(file);
                if (!key.IsSuccess)
                {
                    return key.Refusal;
                }

                keys.Add(key.Value);
            }

            return new AllowedSigners(keys);
        }
        catch (DirectoryNotFoundException)
        {
            return new Refusal(
                RefusalCodes.SignersMissing,
                $"{directory} does not exist, so nobody may sign this model. Create it with the public key (*.pem) of every signer you trust.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.SignersMissing, $"{directory} can't be read: {e.Message}");
        }
    }

    /// <summary>The key that made this bundle's signature.</summary>
    internal Result<SignerKey> Verify(SignatureBundle bundle)
    {
        var candidates = Candidates(bundle);
        if (candidates.Count == 0)
        {
            var named = bundle.KeyHint ?? bundle.EmbeddedKey!.Id;
            return new Refusal(
                RefusalCodes.SignerNotAllowed,
                $"The signature names the key {named[..Math.Min(named.Length, 64)]}, which is not an allowed signer. Add that signer's public key if you trust it, or have the model signed by one that is.");
        }

        var signed = Dsse.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload);
        return candidates.FirstOrDefault(key => key.Verify(signed, bundle.Signature)) is { } signer
            ? signer
            : new Refusal(
                RefusalCodes.SignatureInvalid,
                "The signature does not match its content for any allowed signer: one of them was changed. Get model.sig again from where it was signed, or sign the model again.");
    }

    private IReadOnlyList<SignerKey> Candidates(SignatureBundle bundle)
    {
        if (bundle.KeyHint is { } hint)
        {
            return [.. _keys.Where(key => key.IsMeantBy(hint))];
        }

        // Bundles of the reference implementation before 1.1 carry the key itself. It only selects: trust comes from the folder.
        return bundle.EmbeddedKey is { } embedded ? [.. _keys.Where(key => key.Id == embedded.Id)] : _keys;
    }
}
