using Zakenak.ModelTrust.Dsse;

namespace Zakenak.ModelTrust.Signing;

/// <summary>A statement whose signature is by an allowed signer. Its files have not been looked at yet.</summary>
public sealed class SignedModel
{
    private SignedModel(ModelStatement statement, Signer signer)
    {
        Statement = statement;
        Signer = signer;
    }

    public ModelStatement Statement { get; }

    public Signer Signer { get; }

    /// <summary>Reads and verifies a signature: the shape of the bundle, then who signed, then what.</summary>
    public static Result<SignedModel> Open(string signaturePath, AllowedSigners signers)
    {
        var content = Read(signaturePath);
        return content.IsSuccess ? Verify(content.Value, signers) : content.Refusal;
    }

    public static Result<SignedModel> Verify(ReadOnlyMemory<byte> content, AllowedSigners signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        var bundle = SignatureBundle.Parse(content);
        if (!bundle.IsSuccess)
        {
            return bundle.Refusal;
        }

        // Of a model that is the keyless method, whose log entry is missing (specification, section 11.1). A document may be signed so.
        if (bundle.Value.HasLoneCertificate)
        {
            return SignatureBundle.Keyless();
        }

        var signer = signers.Verify(bundle.Value);
        if (!signer.IsSuccess)
        {
            return signer.Refusal;
        }

        var statement = ModelStatementReader.Read(bundle.Value.PayloadType, bundle.Value.Payload);
        return statement.IsSuccess ? new SignedModel(statement.Value, signer.Value) : statement.Refusal;
    }

    /// <summary>Null where a bundle that was just made can be read and is by this key. Who trusts that key's certificate is for others to say.</summary>
    internal static Refusal? CheckOwn(ReadOnlyMemory<byte> content, SignerKey key)
    {
        var bundle = SignatureBundle.Parse(content);
        return !bundle.IsSuccess ? bundle.Refusal
            : key.Verify(DsseEnvelope.PreAuthenticationEncoding(bundle.Value.PayloadType, bundle.Value.Payload), bundle.Value.Signature)
            ? ModelStatementReader.Read(bundle.Value.PayloadType, bundle.Value.Payload).Refusal
            : new Refusal(RefusalCodes.SignatureInvalid, "The new signature does not verify. Sign again; if that does not help, this machine's cryptography is broken.");
    }

    /// <summary>Null where the signer named the model so.</summary>
    public Refusal? RequireSubject(string subject) => Statement.Subject == subject
        ? null
        : new Refusal(
            RefusalCodes.SubjectMismatch,
            $"The signature is for '{Statement.Subject}', not for '{subject}'. Ask for the model by the name it was signed with, or sign it as '{subject}'.");

    private static Result<byte[]> Read(string path)
    {
        var opened = ModelFile.Open(path);
        if (!opened.IsSuccess)
        {
            return opened.Refusal.Code == RefusalCodes.MissingFile
                ? new Refusal(RefusalCodes.SignatureMissing, $"{path} does not exist, so nobody vouches for this model. Adopt a model by `zakenak model import`, or sign its folder by `zakenak model sign`.")
                : opened.Refusal;
        }

        using var handle = opened.Value;
        try
        {
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (stream.Length > SignatureBundle.MaxBytes)
            {
                return new Refusal(RefusalCodes.SignatureMalformed, $"{path} has {stream.Length} bytes; {SignatureBundle.MaxBytes} is the most. Name the right file.");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (IOException e)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{path} can't be read: {e.Message}");
        }
    }
}
