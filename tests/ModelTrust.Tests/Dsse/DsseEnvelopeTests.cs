using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Dsse;

public sealed class DsseEnvelopeTests : IDisposable
{
    private static readonly DsseDocument Document = new("text/plain", "The note", RefusalCodes.AttestationInvalid, "Write it again.");

    private readonly SigningKey _key = SigningKey.Create(SigningCurve.P256);
    private readonly SigningKey _other = SigningKey.Create(SigningCurve.P521);

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void What_was_signed_comes_out_with_who_signed_it()
    {
        var opened = Open(Envelope());
        Assert.Null(opened.Refusal);
        Assert.Equal("hello", Encoding.UTF8.GetString(opened.Value!.Payload.Span));
        Assert.Equal(_key.PublicKey.Id, opened.Value.Signer.KeyId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a name that another tool gave the key")]
    public void A_key_id_is_a_hint_and_nothing_more(string? keyId)
    {
        var envelope = Envelope();
        envelope["signatures"]![0]!["keyid"] = keyId;
        Assert.Null(Open(envelope).Refusal);
        ((JsonObject)envelope["signatures"]![0]!).Remove("keyid");
        Assert.Null(Open(envelope).Refusal);
    }

    [Fact]
    public void One_signature_by_an_allowed_key_is_enough_whoever_else_signed()
    {
        var envelope = Envelope();
        ((JsonArray)envelope["signatures"]!).Insert(0, Envelope(_other)["signatures"]![0]!.DeepClone());
        Assert.Equal(_key.PublicKey.Id, Open(envelope).Value?.Signer.KeyId);
        Assert.Equal(RefusalCodes.SignerNotAllowed, Code(Envelope(_other)));
    }

    [Fact]
    public void A_hint_does_not_make_another_keys_signature_valid()
    {
        var envelope = Envelope(_other);
        envelope["signatures"]![0]!["keyid"] = _key.PublicKey.Id;
        Assert.Equal(RefusalCodes.AttestationInvalid, Code(envelope));
    }

    [Fact]
    public void Envelopes_that_are_not_as_they_must_be_are_refused()
    {
        foreach (var bend in new Action<JsonObject>[]
        {
            e => e["payload"] = "aGVsbG8h",
            e => e["payload"] = "aGVsbG8",
            e => e["payload"] = 1,
            e => e["payloadType"] = "text/html",
            e => e.Remove("payloadType"),
            e => e["extra"] = 1,
            e => e["signatures"] = new JsonArray(),
            e => e["signatures"] = new JsonObject(),
            e => e["signatures"]![0] = null,
            e => e["signatures"]![0]!["sig"] = "AAAA",
            e => e["signatures"]![0]!["extra"] = 1,
            e => e["signatures"]![0]!["keyid"] = new string('a', 300),
            e => e["signatures"]![0]!["keyid"] = 7,
            e => e["signatures"] = new JsonArray([.. Enumerable.Range(0, 9).Select(_ => e["signatures"]![0]!.DeepClone())]),
        })
        {
            var envelope = Envelope();
            bend(envelope);
            Assert.Equal(RefusalCodes.AttestationInvalid, Code(envelope));
        }

        Assert.Equal(RefusalCodes.AttestationInvalid, DsseEnvelope.Open(new byte[DsseEnvelope.MaxBytes + 1], Document, AllowedSigners.Only(_key.PublicKey)).Refusal?.Code);
    }

    [Theory]
    [InlineData(SigningCurve.P256)]
    [InlineData(SigningCurve.P384)]
    [InlineData(SigningCurve.P521)]
    public void An_envelope_in_a_Sigstore_bundle_is_opened_too(SigningCurve curve)
    {
        using var key = SigningKey.Create(curve);
        var bundle = SignatureBundle.Sign(key, "text/plain", "hello"u8);
        var opened = DsseEnvelope.Open(bundle, Document, AllowedSigners.Only(key.PublicKey));
        Assert.Equal(key.PublicKey.Id, opened.Value?.Signer.KeyId);
        Assert.Equal(RefusalCodes.SignerNotAllowed, DsseEnvelope.Open(bundle, Document, AllowedSigners.Only(_key.PublicKey)).Refusal?.Code);
        Assert.Equal(
            RefusalCodes.AttestationInvalid,
            DsseEnvelope.Open(SignatureBundle.Sign(key, "text/html", "hello"u8), Document, AllowedSigners.Only(key.PublicKey)).Refusal?.Code);
    }

    [Fact]
    public void The_hint_of_a_bundle_may_be_the_keys_hash_in_Base64()
    {
        var bundle = (JsonObject)JsonNode.Parse(SignatureBundle.Sign(_key, "text/plain", "hello"u8))!;
        bundle["verificationMaterial"]!["publicKey"]!["hint"] = Convert.ToBase64String(Convert.FromHexString(_key.PublicKey.Id));
        Assert.Null(Open(bundle).Refusal);
    }

    private JsonObject Envelope(SigningKey? key = null) => (JsonObject)JsonNode.Parse(DsseEnvelope.Sign(key ?? _key, "text/plain", "hello"u8))!;

    private Result<DsseEnvelope> Open(JsonNode envelope) => DsseEnvelope.Open(Encoding.UTF8.GetBytes(envelope.ToJsonString()), Document, AllowedSigners.Only(_key.PublicKey));

    private string? Code(JsonNode envelope) => Open(envelope).Refusal?.Code;
}
