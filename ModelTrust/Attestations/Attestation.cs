using System.Text.Json;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Attestations;

/// <summary>A signed fact about one version: its bill of materials, a scan, an approval. Which facts are needed is for the policy to say.</summary>
public sealed class Attestation
{
    private static readonly DsseDocument Document = new(
        DsseEnvelope.InTotoPayloadType, "The attestation", RefusalCodes.AttestationInvalid, "Get it again from where it was made, or attest again with `zakenak model attest`.");

    private readonly InTotoStatement _statement;

    private Attestation(InTotoStatement statement, Signer signer)
    {
        _statement = statement;
        Signer = signer;
        Date = AttestationType.DateOf(statement.PredicateType, statement.Predicate);
    }

    public Signer Signer { get; }

    public string PredicateType => _statement.PredicateType;

    public JsonElement Predicate => _statement.Predicate;

    /// <summary>When what is attested was so, by the signer's word; null where the predicate has no date that this version can read.</summary>
    public DateTimeOffset? Date { get; }

    /// <summary>The DSSE envelope with a statement about one version.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version"><c>v1</c>, <c>v2</c>, …</param>
    /// <param name="modelDigest"><c>sha256:HEX</c>.</param>
    /// <param name="type">What kind of fact it is; the predicate is checked for it.</param>
    /// <param name="predicate">One JSON object, such as an SPDX or CycloneDX document.</param>
    /// <param name="key">The attester's.</param>
    public static Result<byte[]> Sign(string name, string version, string modelDigest, AttestationType type, ReadOnlyMemory<byte> predicate, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(type);
        if (InTotoStatement.CheckSubject(name, version, modelDigest) is { } refusal)
        {
            return refusal;
        }

        var shape = new JsonShape("The predicate", RefusalCodes.AttestationInvalid, "Name the file with the document that the attestation is to carry, as JSON.");
        var element = shape.Parse(predicate);
        if (shape.Failure is null && type.PredicateTypeOf(element) is null)
        {
            shape.Fail($"is not of the type '{type}'");
        }

        var payload = shape.Failure is null ? Write(shape, ModelName.Subject(name, version), modelDigest, type.PredicateTypeOf(element)!, element) : [];
        if (shape.Failure is { } failure)
        {
            return failure;
        }

        var envelope = DsseEnvelope.Sign(key, DsseEnvelope.InTotoPayloadType, payload);
        if (envelope.Length > DsseEnvelope.MaxBytes)
        {
            return new Refusal(RefusalCodes.AttestationInvalid, $"The attestation would have {envelope.Length} bytes; {DsseEnvelope.MaxBytes} is the most. Attest to a smaller document.");
        }

        // Our own output goes through our own verifier before anybody else sees it.
        var check = Open(envelope, AllowedSigners.Only(key.PublicKey));
        return check.IsSuccess ? envelope : check.Refusal;
    }

    /// <summary>Who signed, then what. It says nothing yet about the version at hand: see <see cref="RequireSubject"/>.</summary>
    public static Result<Attestation> Open(ReadOnlyMemory<byte> envelope, AllowedSigners signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        var opened = DsseEnvelope.Open(envelope, Document, signers);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        var shape = new JsonShape(Document.Name, Document.InvalidCode, Document.Remedy);
        var statement = InTotoStatement.Read(shape, opened.Value.Payload);
        if (shape.Failure is null && AttestationType.Problem(statement.PredicateType, statement.Predicate) is { } problem)
        {
            shape.Fail(problem);
        }

        return shape.Failure is { } failure ? failure : new Attestation(statement, opened.Value.Signer);
    }

    /// <summary>Null where it is about this version of these bytes: both must match, so that neither a name nor a digest can be borrowed.</summary>
    public Refusal? RequireSubject(string name, string version, string modelDigest) =>
        _statement.IsAbout(ModelName.Subject(name, version), modelDigest)
            ? null
            : new Refusal(
                RefusalCodes.AttestationInvalid,
                $"The attestation ({PredicateType}) is not about {name}:{version} with {modelDigest}. Attest again, with this name and this digest.");

    private static byte[] Write(JsonShape shape, string subject, string modelDigest, string predicateType, JsonElement predicate)
    {
        try
        {
            return InTotoStatement.Write(subject, modelDigest, predicateType, predicate.WriteTo);
        }
        catch (InvalidOperationException)
        {
            shape.Fail("has a string with half a surrogate pair");
            return [];
        }
    }
}
