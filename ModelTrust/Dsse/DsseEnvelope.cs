using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Dsse;

/// <summary>
/// Dead Simple Signing Envelope v1: what is signed is the payload with its type, never the JSON around it. Parsing checks shape only;
/// nothing in it is believed before <see cref="Open"/> has verified it.
/// </summary>
public sealed class DsseEnvelope
{
    public const string InTotoPayloadType = "application/vnd.in-toto+json";

    /// <summary>Room for a bill of materials; whoever sends more wastes only this much memory.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Each may be tried with every allowed key.</summary>
    private const int MaxSignatures = 8;

    private const int MaxKeyIdLength = 256;

    private DsseEnvelope(byte[] payload, Signer signer)
    {
        Payload = payload;
        Signer = signer;
    }

    /// <summary>The bytes that were signed.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    public Signer Signer { get; }

    /// <summary><c>"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload</c>, lengths in decimal bytes.</summary>
    public static byte[] PreAuthenticationEncoding(string payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(payloadType);
        var head = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {payload.Length} "));
        return [.. head, .. payload];
    }

    /// <summary>The envelope as one line of JSON.</summary>
    public static byte[] Sign(SigningKey key, string payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("payloadType", payloadType);
            json.WriteBase64String("payload", payload);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteString("keyid", key.PublicKey.Id);
            json.WriteBase64String("sig", key.Sign(PreAuthenticationEncoding(payloadType, payload)));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Verifies that an allowed signer signed this kind of document. The payload has not been parsed.</summary>
    internal static Result<DsseEnvelope> Open(ReadOnlyMemory<byte> json, DsseDocument document, AllowedSigners signers)
    {
        if (json.Length > MaxBytes)
        {
            return new Refusal(document.InvalidCode, $"{document.Name} has {json.Length} bytes; {MaxBytes} is the most. {document.Remedy}");
        }

        var shape = new JsonShape(document.Name, document.InvalidCode, document.Remedy);
        var root = shape.Parse(json);
        if (shape.Optional(root, "mediaType").ValueKind != JsonValueKind.Undefined)
        {
            return OpenBundle(json, document, signers);
        }

        shape.Only(root, "payload", "payloadType", "signatures");
        var payloadType = shape.Text(root, "payloadType");
        if (shape.Failure is null && payloadType != document.PayloadType)
        {
            shape.Fail($"is not of type {document.PayloadType}");
        }

        var payload = shape.Base64(root, "payload");
        var signatures = ReadSignatures(shape, shape.Member(root, "signatures", JsonValueKind.Array));
        if (shape.Failure is { } failure)
        {
            return failure;
        }

        var signed = PreAuthenticationEncoding(payloadType, payload);
        foreach (var signature in signatures)
        {
            if (Candidates(signers, signature.KeyId).FirstOrDefault(key => key.Verify(signed, signature.Signature)) is { } key)
            {
                return new DsseEnvelope(payload, new Signer(key.Id));
            }
        }

        return NotSigned(document, signers, signatures);
    }

    /// <summary>Newer tools put the envelope into a Sigstore bundle, which is also the one way to sign a document by certificate.</summary>
    private static Result<DsseEnvelope> OpenBundle(ReadOnlyMemory<byte> json, DsseDocument document, AllowedSigners signers)
    {
        var bundle = SignatureBundle.Parse(json);
        if (bundle.IsSuccess && bundle.Value.PayloadType != document.PayloadType)
        {
            return new Refusal(document.InvalidCode, $"{document.Name} is not of type {document.PayloadType}. {document.Remedy}");
        }

        var signer = bundle.IsSuccess ? signers.Verify(bundle.Value) : bundle.Refusal;
        return signer.IsSuccess ? new DsseEnvelope(bundle.Value!.Payload, signer.Value)
            : signer.Refusal.Code is RefusalCodes.SignatureMalformed or RefusalCodes.SignatureInvalid ? new Refusal(document.InvalidCode, $"{document.Name}: {signer.Refusal.Message}")
            : signer.Refusal;
    }

    private static List<DsseSignature> ReadSignatures(JsonShape shape, JsonElement array)
    {
        List<DsseSignature> signatures = [];
        if (shape.Failure is null && array.GetArrayLength() is 0 or > MaxSignatures)
        {
            shape.Fail($"has {array.GetArrayLength()} signatures; 1 to {MaxSignatures} are allowed");
        }

        foreach (var item in shape.Failure is null ? array.EnumerateArray() : default)
        {
            shape.Only(item, "keyid", "sig");
            var keyId = shape.Optional(item, "keyid").ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "" : shape.Text(item, "keyid");
            if (keyId.Length > MaxKeyIdLength)
            {
                shape.Fail("has a key id longer than any fingerprint");
            }

            signatures.Add(new DsseSignature(keyId, shape.Base64(item, "sig")));
        }

        return signatures;
    }

    /// <summary>Other tools name keys in ways of their own: a hint that means no key says nothing, and every key is tried.</summary>
    private static IEnumerable<SignerKey> Candidates(AllowedSigners signers, string keyId) =>
        signers.Keys.Any(key => key.IsMeantBy(keyId)) ? signers.Keys.Where(key => key.IsMeantBy(keyId)) : signers.Keys;

    private static Refusal NotSigned(DsseDocument document, AllowedSigners signers, List<DsseSignature> signatures) =>
        signatures.FirstOrDefault(signature => signature.KeyId.Length > 0 && !signers.Keys.Any(key => key.IsMeantBy(signature.KeyId))) is { } stranger
            ? signers.RefuseDevelopment(stranger.KeyId) ?? new Refusal(
                RefusalCodes.SignerNotAllowed,
                $"{document.Name} names the key {stranger.KeyId[..Math.Min(stranger.KeyId.Length, 64)]}, which may not sign it. Allow that key in the policy if you trust it, or have it signed by one that is allowed.")
            : new Refusal(
                document.InvalidCode,
                $"{document.Name} does not match its signature for any allowed key: one of them was changed. {document.Remedy}");
}
