using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.ModelTrust.Dsse;

namespace Zakenak.ModelTrust.Signing;

/// <summary>A Sigstore bundle v0.3 around one DSSE envelope, signed by key or by certificate. Parsing checks shape only; nothing in it is believed yet.</summary>
public sealed class SignatureBundle
{
    public const string FileName = "model.sig";
    public const string MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

    /// <summary>Room for some 30,000 files of a model; whoever sends more wastes only this much memory.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const int MaxHintLength = 256;

    /// <summary>What the signer says its key is; null where the bundle has the key itself, or says nothing.</summary>
    public string? KeyHint { get; private init; }

    /// <summary>The key in bundles of the reference implementation before 1.1.</summary>
    public SignerKey? EmbeddedKey { get; private init; }

    /// <summary>The certificates of the certificate method; null where the method is key.</summary>
    public CertificateChain? Chain { get; private init; }

    /// <summary>Whether that is one certificate in the place of a chain, as Sigstore's own bundles have it.</summary>
    public bool HasLoneCertificate { get; private init; }

    public required string PayloadType { get; init; }

    public required byte[] Payload { get; init; }

    /// <summary>DER (RFC 3279) ECDSA signature over the envelope's pre-authentication encoding.</summary>
    public required byte[] Signature { get; init; }

    public static Result<SignatureBundle> Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            return new Refusal(RefusalCodes.SignatureMalformed, $"The signature has {json.Length} bytes; {MaxBytes} is the most. Sign fewer files, or name the right file.");
        }

        var shape = new JsonShape("The signature");
        var root = shape.Parse(json);
        shape.Only(root, "mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature");
        var mediaType = shape.Text(root, "mediaType");
        if (shape.Failure is null && mediaType is not (MediaType or "application/vnd.dev.sigstore.bundle+json;version=0.3"))
        {
            shape.Fail($"is not a Sigstore bundle of version 0.3 ({MediaType})");
        }

        var material = shape.Member(root, "verificationMaterial", JsonValueKind.Object);
        shape.Only(material, "publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData");
        if (IsKeyless(shape, material))
        {
            return Keyless();
        }

        var chain = ReadChain(shape, material);
        var (hint, embedded) = chain is null ? ReadKey(shape, shape.Member(material, "publicKey", JsonValueKind.Object)) : default;
        var envelope = shape.Member(root, "dsseEnvelope", JsonValueKind.Object);
        shape.Only(envelope, "payload", "payloadType", "signatures");
        var signatures = shape.Member(envelope, "signatures", JsonValueKind.Array);

        // One, by the bundle's specification: with two, each verifier would choose the one to believe.
        if (shape.Failure is null && signatures.GetArrayLength() != 1)
        {
            shape.Fail($"has {signatures.GetArrayLength()} signatures; a bundle has exactly one");
        }

        var signature = shape.Failure is null ? signatures[0] : default;
        shape.Only(signature, "sig", "keyid");
        if (shape.Optional(signature, "keyid").ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.String))
        {
            shape.Fail("has a 'keyid' that is not text");
        }

        var bundle = new SignatureBundle
        {
            KeyHint = hint,
            EmbeddedKey = embedded,
            Chain = chain,
            HasLoneCertificate = shape.Optional(material, "certificate").ValueKind != JsonValueKind.Undefined,
            PayloadType = shape.Text(envelope, "payloadType"),
            Payload = shape.Base64(envelope, "payload"),
            Signature = shape.Base64(signature, "sig"),
        };
        return shape.Failure is { } failure ? failure : bundle;
    }

    internal static Refusal Keyless() => new(
        RefusalCodes.SigningMethodNotSupported,
        "The signature is made by 'sigstore' (keyless); this version verifies the methods 'key' and 'certificate'. Have the model signed with `zakenak model sign`.");

    /// <summary>Signs a payload and writes the bundle as the reference implementation does.</summary>
    public static byte[] Sign(SigningKey key, string payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(key);
        var signature = key.Sign(DsseEnvelope.PreAuthenticationEncoding(payloadType, payload));
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("mediaType", MediaType);
            json.WriteStartObject("verificationMaterial");
            WriteSigner(json, key);
            json.WriteStartArray("tlogEntries");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartObject("dsseEnvelope");
            json.WriteBase64String("payload", payload);
            json.WriteString("payloadType", payloadType);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteBase64String("sig", signature);
            json.WriteString("keyid", "");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteSigner(Utf8JsonWriter json, SigningKey key)
    {
        if (key.Chain is null)
        {
            json.WriteStartObject("publicKey");
            json.WriteString("hint", key.PublicKey.Hint);
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject("x509CertificateChain");
        json.WriteStartArray("certificates");
        foreach (var der in key.Chain.Certificates)
        {
            json.WriteStartObject();
            json.WriteBase64String("rawBytes", der);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A certificate that counts only with the log's word for when it was used: its own few minutes are long over.</summary>
    private static bool IsKeyless(JsonShape shape, JsonElement material) =>
        shape.Optional(material, "certificate").ValueKind != JsonValueKind.Undefined
        && shape.Optional(material, "tlogEntries") is { ValueKind: JsonValueKind.Array } entries && entries.GetArrayLength() > 0;

    private static CertificateChain? ReadChain(JsonShape shape, JsonElement material)
    {
        // "certificate" without a log is how bundles of v0.3 by other tools hold the signer's certificate alone.
        var single = shape.Optional(material, "certificate");
        var list = shape.Optional(material, "x509CertificateChain");
        if (single.ValueKind == JsonValueKind.Undefined && list.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        if (shape.Optional(material, "publicKey").ValueKind != JsonValueKind.Undefined || (single.ValueKind != JsonValueKind.Undefined && list.ValueKind != JsonValueKind.Undefined))
        {
            shape.Fail("has more than one kind of verification material");
        }

        shape.Only(list, "certificates");
        List<byte[]> certificates = [];
        foreach (var item in list.ValueKind == JsonValueKind.Undefined ? [single] : Items(shape, list))
        {
            shape.Only(item, "rawBytes");
            var der = shape.Base64(item, "rawBytes");
            if (shape.Failure is null && !CertificatePem.IsCertificate(der))
            {
                shape.Fail("has a certificate that can't be read");
            }

            certificates.Add(der);
        }

        return new CertificateChain(certificates);
    }

    private static JsonElement[] Items(JsonShape shape, JsonElement list)
    {
        var array = shape.Member(list, "certificates", JsonValueKind.Array);
        if (shape.Failure is null && array.GetArrayLength() is 0 or > CertificatePem.MaxCertificates)
        {
            shape.Fail($"has {array.GetArrayLength()} certificates; 1 to {CertificatePem.MaxCertificates} are allowed");
        }

        return shape.Failure is null ? [.. array.EnumerateArray()] : [];
    }

    private static (string? Hint, SignerKey? Embedded) ReadKey(JsonShape shape, JsonElement publicKey)
    {
        shape.Only(publicKey, "hint", "rawBytes", "keyDetails");
        if (shape.Optional(publicKey, "hint").ValueKind == JsonValueKind.String)
        {
            var hint = shape.Text(publicKey, "hint");
            if (hint.Length is > 0 and <= MaxHintLength)
            {
                return (hint, null);
            }

            if (hint.Length > 0)
            {
                shape.Fail("has a key hint longer than any fingerprint");
            }
        }

        if (shape.Optional(publicKey, "rawBytes").ValueKind != JsonValueKind.String)
        {
            return (null, null);
        }

        // The reference implementation put PEM there, the protocol buffers say DER.
        var raw = shape.Base64(publicKey, "rawBytes");
        var key = raw.AsSpan().StartsWith("-----BEGIN"u8)
            ? SignerKey.Parse(Encoding.UTF8.GetString(raw), "The signature's publicKey.rawBytes")
            : SignerKey.Import(raw, "The signature's publicKey.rawBytes");
        if (!key.IsSuccess)
        {
            shape.Fail("has a publicKey.rawBytes that is no elliptic-curve public key");
        }

        return (null, key.Value);
    }
}
