using Zakenak.ModelTrust.Dsse;

namespace Zakenak.ModelTrust.Signing;

/// <summary>Whose signatures count: public keys, and identities that certificates prove. There is no default: without any, everything is refused.</summary>
public sealed class AllowedSigners
{
    private const int MaxKeys = 256;

    private readonly TimeProvider _time;

    private AllowedSigners(IReadOnlyList<SignerKey> keys, IReadOnlyList<AllowedCertificate> certificates, TimeProvider time)
    {
        Keys = keys;
        Certificates = certificates;
        _time = time;
    }

    public IReadOnlyList<SignerKey> Keys { get; }

    public IReadOnlyList<AllowedCertificate> Certificates { get; }

    /// <summary>Keys that count in development only, and not here: who signed with one is told so.</summary>
    public IReadOnlyList<SignerKey> DevelopmentKeys { get; private init; } = [];

    /// <param name="keys">Each allowed for itself.</param>
    /// <param name="certificates">Each allowed while the signer's certificate is valid.</param>
    /// <param name="time">Says what time it is for certificates; the system's by default.</param>
    public static AllowedSigners Of(IEnumerable<SignerKey> keys, IEnumerable<AllowedCertificate> certificates, TimeProvider? time = null) =>
        new([.. keys], [.. certificates], time ?? TimeProvider.System);

    public static AllowedSigners Only(SignerKey key) => Of([key], []);

    /// <summary>The same signers; these keys are none of them, and who signed with one is told why.</summary>
    internal AllowedSigners Refusing(IReadOnlyList<SignerKey> developmentKeys) => new(Keys, Certificates, _time) { DevelopmentKeys = developmentKeys };

    /// <summary>Whether a signer that was verified against another list is also on this one.</summary>
    public bool Allows(Signer signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return signer.Certificate is { } certificate ? Certificates.Any(entry => entry.Allows(certificate)) : Keys.Any(key => key.Id == signer.KeyId);
    }

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

            return Of(keys, []);
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

    /// <summary>Who made this bundle's signature. A bundle by certificate is never held against the keys, nor one by key against the certificates.</summary>
    internal Result<Signer> Verify(SignatureBundle bundle)
    {
        var signed = DsseEnvelope.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload);
        return bundle.Chain is { } chain ? VerifyByCertificate(bundle, chain, signed) : VerifyByKey(bundle, signed);
    }

    private Result<Signer> VerifyByKey(SignatureBundle bundle, byte[] signed)
    {
        var candidates = Candidates(bundle);
        if (candidates.Count == 0)
        {
            var named = bundle.KeyHint ?? bundle.EmbeddedKey?.Id ?? "";
            return RefuseDevelopment(named) ?? new Refusal(
                RefusalCodes.SignerNotAllowed,
                $"The signature is by key {named[..Math.Min(named.Length, 64)]}, which is not an allowed signer. Add that signer's public key if you trust it, or have the model signed by one that is.");
        }

        return candidates.FirstOrDefault(key => key.Verify(signed, bundle.Signature)) is { } signer ? new Signer(signer.Id) : Invalid();
    }

    private Result<Signer> VerifyByCertificate(SignatureBundle bundle, CertificateChain chain, byte[] signed)
    {
        if (Certificates.Count == 0)
        {
            return new Refusal(
                RefusalCodes.SignerNotAllowed,
                "The model is signed by certificate, and only keys are allowed signers here. Add the certificate's root and identity if you trust them, or have the model signed by key.");
        }

        var key = CertificateChain.KeyOf(chain.Certificates[0]);
        if (!key.IsSuccess)
        {
            return key.Refusal;
        }

        if (!key.Value.Verify(signed, bundle.Signature))
        {
            return Invalid();
        }

        var identity = CertificateVerifier.Verify(chain, Certificates, _time.GetUtcNow());
        return identity.IsSuccess ? new Signer(key.Value.Id, identity.Value) : identity.Refusal;
    }

    /// <summary>Null where this is not the key of a signer in development.</summary>
    internal Refusal? RefuseDevelopment(string keyId) => DevelopmentKeys.Any(key => key.IsMeantBy(keyId))
        ? new Refusal(
            RefusalCodes.DevelopmentSigner,
            $"Key {keyId[..Math.Min(keyId.Length, 64)]} is a development key of the policy and counts in the namespace dev only. Have it signed by a key that is not.")
        : null;

    private static Refusal Invalid() => new(
        RefusalCodes.SignatureInvalid,
        "The signature does not match its content for any allowed signer: one of them was changed. Get model.sig again from where it was signed, or sign the model again.");

    private IReadOnlyList<SignerKey> Candidates(SignatureBundle bundle)
    {
        if (bundle.KeyHint is { } hint)
        {
            return [.. Keys.Where(key => key.IsMeantBy(hint))];
        }

        // Bundles of the reference implementation before 1.1 carry the key itself. It only selects: trust comes from the list.
        return bundle.EmbeddedKey is { } embedded ? [.. Keys.Where(key => key.Id == embedded.Id)] : Keys;
    }
}
