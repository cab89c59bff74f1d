using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

public sealed class SignatureBundleTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Create(SigningCurve.P256);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void The_bundle_has_the_shape_that_the_reference_implementation_writes()
    {
        var bundle = BundleForge.Bundle(_key);
        Assert.Equal("application/vnd.dev.sigstore.bundle.v0.3+json", (string?)bundle["mediaType"]);
        Assert.Equal(_key.PublicKey.Hint, (string?)bundle["verificationMaterial"]!["publicKey"]!["hint"]);
        Assert.Equal("application/vnd.in-toto+json", (string?)bundle["dsseEnvelope"]!["payloadType"]);
        Assert.Equal("", (string?)bundle["dsseEnvelope"]!["signatures"]![0]!["keyid"]);
        Assert.Equal(["mediaType", "verificationMaterial", "dsseEnvelope"], bundle.Select(member => member.Key));
    }

    [Fact]
    public void The_pre_authentication_encoding_is_the_one_of_the_DSSE_specification() => Assert.Equal(
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        Encoding.UTF8.GetString(DsseEnvelope.PreAuthenticationEncoding("http://example.com/HelloWorld", "hello world"u8)));

    [Theory]
    [InlineData(SigningCurve.P256)]
    [InlineData(SigningCurve.P384)]
    [InlineData(SigningCurve.P521)]
    public void Every_curve_signs_and_verifies(SigningCurve curve)
    {
        using var folder = new SignedFolder(curve);
        Assert.Null(folder.VerifyCode());
    }

    [Fact]
    public void Any_flipped_byte_of_the_signature_file_refuses_the_model()
    {
        using var folder = new SignedFolder();
        var content = File.ReadAllBytes(folder.Signature);
        var signers = AllowedSigners.Only(folder.Key.PublicKey);
        Assert.Null(SignedModel.Verify(content, signers).Refusal);
        for (var at = 0; at < content.Length; at++)
        {
            content[at] ^= (byte)(1 << (at % 8));
            Assert.NotNull(SignedModel.Verify(content, signers).Refusal);
            content[at] ^= (byte)(1 << (at % 8));
        }
    }

    [Fact]
    public void Any_truncation_of_the_signature_file_refuses_the_model()
    {
        using var folder = new SignedFolder();
        var content = File.ReadAllBytes(folder.Signature);
        for (var length = 0; length < content.Length; length += 3)
        {
            Assert.Equal(RefusalCodes.SignatureMalformed, SignedModel.Verify(content.AsMemory(0, length), AllowedSigners.Only(folder.Key.PublicKey)).Refusal?.Code);
        }
    }

    [Fact]
    public void A_huge_bundle_is_refused_before_it_is_read()
    {
        using var folder = new SignedFolder();
        using (var stream = File.OpenWrite(folder.Signature))
        {
            stream.SetLength(1L << 40);
        }

        var start = Stopwatch.GetTimestamp();
        Assert.Equal(RefusalCodes.SignatureMalformed, folder.VerifyCode());
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
        Assert.Equal(RefusalCodes.SignatureMalformed, SignatureBundle.Parse(new byte[SignatureBundle.MaxBytes + 1]).Refusal?.Code);
    }

    [Fact]
    public void Bundles_that_are_not_as_they_must_be_are_refused()
    {
        foreach (var bend in new Action<JsonObject>[]
        {
            b => b["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.4+json",
            b => b["mediaType"] = 3,
            b => b.Remove("mediaType"),
            b => b["extra"] = 1,
            b => b.Remove("verificationMaterial"),
            b => b["verificationMaterial"] = new JsonObject(),
            b => b["verificationMaterial"]!["publicKey"]!["hint"] = new string('a', 300),
            b => b["verificationMaterial"]!["publicKey"] = new JsonObject { ["rawBytes"] = "AAAA" },
            b => b["dsseEnvelope"]!["signatures"] = new JsonArray(),
            b => ((JsonArray)b["dsseEnvelope"]!["signatures"]!).Add(b["dsseEnvelope"]!["signatures"]![0]!.DeepClone()),
            b => b["dsseEnvelope"]!["signatures"]![0]!["sig"] = "",
            b => b["dsseEnvelope"]!["signatures"]![0]!["sig"] = "AA",
            b => b["dsseEnvelope"]!["signatures"]![0]!["sig"] = " AAAA",
            b => b["dsseEnvelope"]!["signatures"]![0]!["keyid"] = 1,
            b => b["dsseEnvelope"]!["payload"] = (string?)b["dsseEnvelope"]!["payload"] + "\n",
            b => b["dsseEnvelope"]!["extra"] = 1,
        })
        {
            var bundle = BundleForge.Bundle(_key);
            bend(bundle);
            Assert.Equal(RefusalCodes.SignatureMalformed, CodeOf(bundle));
        }
    }

    [Fact]
    public void A_keyless_bundle_is_refused_by_name()
    {
        var bundle = BundleForge.Bundle(_key);
        bundle["verificationMaterial"] = new JsonObject { ["certificate"] = new JsonObject { ["rawBytes"] = "AAAA" }, ["tlogEntries"] = new JsonArray(new JsonObject()) };
        Assert.Equal(RefusalCodes.SigningMethodNotSupported, CodeOf(bundle));
    }

    [Fact]
    public void Key_id_and_hint_in_the_spellings_of_other_implementations_are_accepted()
    {
        foreach (var bend in new Action<JsonObject>[]
        {
            b => ((JsonObject)b["dsseEnvelope"]!["signatures"]![0]!).Remove("keyid"),
            b => b["dsseEnvelope"]!["signatures"]![0]!["keyid"] = null,
            b => ((JsonObject)b["verificationMaterial"]!).Remove("tlogEntries"),
            b => b["verificationMaterial"]!["publicKey"]!["hint"] = _key.PublicKey.Id,
            b => b["verificationMaterial"]!["publicKey"] = new JsonObject(),
            b => b["verificationMaterial"]!["publicKey"] = new JsonObject
            {
                ["rawBytes"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(_key.PublicKey.Pem)),
                ["keyDetails"] = "PKIX_ECDSA_P256_SHA_256",
            },
        })
        {
            var bundle = BundleForge.Bundle(_key);
            bend(bundle);
            Assert.Null(CodeOf(bundle));
        }
    }

    [Fact]
    public void A_key_inside_the_bundle_is_not_trusted_for_being_there()
    {
        using var stranger = SigningKey.Create(SigningCurve.P256);
        var bundle = BundleForge.Bundle(stranger);
        Assert.Equal(RefusalCodes.SignerNotAllowed, CodeOf(bundle));
        bundle["verificationMaterial"]!["publicKey"] = new JsonObject { ["rawBytes"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(stranger.PublicKey.Pem)) };
        Assert.Equal(RefusalCodes.SignerNotAllowed, CodeOf(bundle));
        bundle["verificationMaterial"]!["publicKey"] = new JsonObject { ["hint"] = _key.PublicKey.Hint };
        Assert.Equal(RefusalCodes.SignatureInvalid, CodeOf(bundle));
    }

    [Fact]
    public void A_duplicate_member_is_refused_whichever_of_the_two_is_right()
    {
        var json = BundleForge.Bundle(_key).ToJsonString();
        var doubled = json.Replace("\"payloadType\":", "\"payloadType\":\"x\",\"payloadType\":", StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.SignatureMalformed, SignedModel.Verify(Encoding.UTF8.GetBytes(doubled), AllowedSigners.Only(_key.PublicKey)).Refusal?.Code);
    }

    [Fact]
    public void A_bundle_that_is_not_UTF8_is_refused()
    {
        var json = Encoding.UTF8.GetBytes(BundleForge.Bundle(_key).ToJsonString());
        json[json.AsSpan().IndexOf("hint"u8) + 8] = 0xFF;
        Assert.Equal(RefusalCodes.SignatureMalformed, SignedModel.Verify(json, AllowedSigners.Only(_key.PublicKey)).Refusal?.Code);
    }

    private string? CodeOf(JsonObject bundle) =>
        SignedModel.Verify(Encoding.UTF8.GetBytes(bundle.ToJsonString()), AllowedSigners.Only(_key.PublicKey)).Refusal?.Code;
}
