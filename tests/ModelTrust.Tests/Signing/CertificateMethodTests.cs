using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

public sealed class CertificateMethodTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(SigningCurve.P256)]
    [InlineData(SigningCurve.P384)]
    [InlineData(SigningCurve.P521)]
    public void A_model_signed_by_certificate_verifies_by_root_and_identity(SigningCurve curve)
    {
        using var key = _authority.Signer(curve: curve);
        var signed = Verify(key, _authority.Allow());
        Assert.Null(signed.Refusal);
        Assert.Equal(new Signer(key.PublicKey.Id, new CertificateIdentity(_authority.Root.Id, TestAuthority.Identity, null)), signed.Value!.Signer);
        Assert.True(_authority.Allow().Allows(signed.Value.Signer));
        Assert.False(_authority.Allow("https://example.org/teams/others").Allows(signed.Value.Signer));
        Assert.False(AllowedSigners.Only(key.PublicKey).Allows(signed.Value.Signer));
    }

    [Fact]
    public void Any_of_the_names_counts_and_only_exactly_as_it_stands_there()
    {
        using var key = _authority.Signer(new TestAuthority.Leaf
        {
            Names = names =>
        {
            names.AddDnsName("signer.example.org");
            names.AddEmailAddress("models@example.org");
            names.AddUri(new Uri("spiffe://example.org/models"));
        }
        });
        foreach (var name in new[] { "signer.example.org", "models@example.org", "spiffe://example.org/models" })
        {
            Assert.Equal(name, Verify(key, _authority.Allow(name)).Value?.Signer.Certificate?.Name);
        }

        foreach (var name in new[] { "Signer.example.org", "*.example.org", "example.org", "spiffe://example.org/models/", "CN=signer", "" })
        {
            Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(key, _authority.Allow(name)).Refusal?.Code);
        }

        Assert.Equal("signer.example.org", Verify(key, _authority.Allow(identity: null)).Value?.Signer.Certificate?.Name);
    }

    [Fact]
    public void A_name_that_does_not_look_like_its_kind_names_nobody()
    {
        using var key = _authority.Signer(new TestAuthority.Leaf
        {
            Names = names =>
        {
            names.AddDnsName("models@example.org");
            names.AddEmailAddress("https://example.org/@models");
        }
        });
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(key, _authority.Allow("models@example.org")).Refusal?.Code);
        Assert.Null(Verify(key, _authority.Allow(identity: null)).Value?.Signer.Certificate?.Name);
    }

    [Fact]
    public void The_issuer_that_Fulcio_writes_counts_where_it_is_asked_for()
    {
        using var key = _authority.Signer(new TestAuthority.Leaf { Issuer = "https://accounts.example.org", IssuerBefore = "https://other.example.org" });
        using var before = _authority.Signer(new TestAuthority.Leaf { IssuerBefore = "https://accounts.example.org" });
        using var none = _authority.Signer();
        var allowed = _authority.Allow(issuer: "https://accounts.example.org");
        Assert.Equal("https://accounts.example.org", Verify(key, allowed).Value?.Signer.Certificate?.Issuer);
        Assert.Null(Verify(before, allowed).Refusal);
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(none, allowed).Refusal?.Code);
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(key, _authority.Allow(issuer: "https://other.example.org")).Refusal?.Code);
    }

    [Fact]
    public void A_signature_ends_with_its_certificate()
    {
        using var key = _authority.Signer();
        Assert.Null(Verify(key, _authority.Allow(now: TestAuthority.Now.AddDays(9))).Refusal);
        Assert.Equal(RefusalCodes.CertificateExpired, Verify(key, _authority.Allow(now: TestAuthority.Now.AddDays(11))).Refusal?.Code);
        Assert.Equal(RefusalCodes.CertificateExpired, Verify(key, _authority.Allow(now: TestAuthority.Now.AddDays(-11))).Refusal?.Code);

        using var shortLived = new TestAuthority(issuingLifetime: TimeSpan.FromDays(-1));
        using var under = shortLived.Signer();
        Assert.Equal(RefusalCodes.CertificateExpired, Verify(under, shortLived.Allow()).Refusal?.Code);
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, TestAuthority.CodeSigning, true)]
    [InlineData(X509KeyUsageFlags.DigitalSignature, null, true)]
    [InlineData(null, TestAuthority.CodeSigning, true)]
    [InlineData(null, null, false)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment, TestAuthority.CodeSigning, false)]
    [InlineData(X509KeyUsageFlags.DigitalSignature, TestAuthority.ServerAuthentication, false)]
    public void A_certificate_must_be_for_signing_by_what_it_says(X509KeyUsageFlags? usage, string? extended, bool isFor)
    {
        using var key = _authority.Signer(new TestAuthority.Leaf { Usage = usage, ExtendedUsage = extended });
        Assert.Equal(isFor ? null : RefusalCodes.CertificateNotForSigning, Verify(key, _authority.Allow()).Refusal?.Code);
    }

    [Fact]
    public void A_chain_to_another_root_of_the_same_name_or_without_its_issuing_CA_is_not_trusted()
    {
        using var other = new TestAuthority();
        using var key = other.Signer();
        Assert.Equal(RefusalCodes.CertificateUntrusted, Verify(key, _authority.Allow()).Refusal?.Code);

        using var own = _authority.Signer();
        var bundle = Bundle(own);
        ((JsonArray)bundle["verificationMaterial"]!["x509CertificateChain"]!["certificates"]!).RemoveAt(1);
        Assert.Equal(RefusalCodes.CertificateUntrusted, Verify(bundle, _authority.Allow()).Refusal?.Code);

        // The issuing CA may also come from the verifier's own file.
        var root = TrustedRoot.Parse(_authority.IssuingPem + "\n" + _authority.RootPem, "root.pem").Value!;
        Assert.Null(Verify(bundle, AllowedSigners.Of([], [new AllowedCertificate(root, TestAuthority.Identity)], TestAuthority.Clock)).Refusal);
    }

    [Fact]
    public void A_self_signed_certificate_that_is_the_root_itself_may_sign()
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        using var certificate = TestAuthority.SelfSign(key);
        Assert.Null(key.Certify(new CertificateChain([certificate.RawData, certificate.RawData]), TestAuthority.Clock));
        Assert.Single(key.Chain!.Certificates);
        var itself = TrustedRoot.Parse(certificate.ExportCertificatePem(), "root.pem").Value!;
        Assert.Null(Verify(key, AllowedSigners.Of([], [new AllowedCertificate(itself, null)], TestAuthority.Clock)).Refusal);
        Assert.Equal(RefusalCodes.CertificateUntrusted, Verify(key, _authority.Allow(identity: null)).Refusal?.Code);
        Assert.Equal(RefusalCodes.CertificateUntrusted, Verify(_authority.Signer(), AllowedSigners.Of([], [new AllowedCertificate(itself, null)], TestAuthority.Clock)).Refusal?.Code);
    }

    [Fact]
    public void Among_several_roots_the_one_that_the_chain_leads_to_decides_which_identities_count()
    {
        using var other = new TestAuthority();
        using var key = _authority.Signer();
        AllowedCertificate right = new(_authority.Root, TestAuthority.Identity), wrongName = new(_authority.Root, "https://example.org/x"), wrongRoot = new(other.Root, TestAuthority.Identity);
        Assert.Null(Verify(key, AllowedSigners.Of([], [wrongRoot, wrongName, right], TestAuthority.Clock)).Refusal);
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(key, AllowedSigners.Of([], [wrongRoot, wrongName], TestAuthority.Clock)).Refusal?.Code);
    }

    [Fact]
    public void A_root_that_comes_in_the_bundle_is_not_trusted_for_being_there()
    {
        using var stranger = new TestAuthority();
        using var key = stranger.Signer();
        var bundle = Bundle(key);
        using var root = X509Certificate2.CreateFromPem(stranger.RootPem);
        ((JsonArray)bundle["verificationMaterial"]!["x509CertificateChain"]!["certificates"]!).Add(new JsonObject { ["rawBytes"] = Convert.ToBase64String(root.RawData) });
        Assert.Equal(RefusalCodes.CertificateUntrusted, Verify(bundle, _authority.Allow()).Refusal?.Code);
    }

    [Fact]
    public void Keys_and_certificates_do_not_stand_in_for_each_other()
    {
        using var key = _authority.Signer();
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(key, AllowedSigners.Only(key.PublicKey)).Refusal?.Code);

        using var bare = SigningKey.Create(SigningCurve.P256);
        var bundle = BundleForge.Bundle(bare);
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(bundle, _authority.Allow()).Refusal?.Code);
        bundle["verificationMaterial"]!["publicKey"] = new JsonObject();
        Assert.Equal(RefusalCodes.SignerNotAllowed, Verify(bundle, _authority.Allow()).Refusal?.Code);
    }

    [Fact]
    public void A_certificate_of_another_key_proves_nothing()
    {
        using var key = _authority.Signer();
        using var other = _authority.Signer();
        var bundle = Bundle(key);
        bundle["verificationMaterial"] = Bundle(other)["verificationMaterial"]!.DeepClone();
        Assert.Equal(RefusalCodes.SignatureInvalid, Verify(bundle, _authority.Allow()).Refusal?.Code);
    }

    [Fact]
    public void A_single_certificate_without_a_log_is_accepted_for_an_attestation_as_other_tools_write_it_and_refused_for_a_model()
    {
        using var key = _authority.Signer();
        var root = TrustedRoot.Parse(_authority.IssuingPem + "\n" + _authority.RootPem, "root.pem").Value!;
        var signers = AllowedSigners.Of([], [new AllowedCertificate(root, TestAuthority.Identity)], TestAuthority.Clock);
        var attested = Attestation.Sign("guide", "v1", "sha256:" + new string('0', 64), AttestationType.Approval, "{\"approved_at\":\"2026-11-01T00:00:00Z\"}"u8.ToArray(), key);
        var payload = Convert.FromBase64String((string)JsonNode.Parse(attested.Value!)!["payload"]!);
        var attestation = JsonNode.Parse(SignatureBundle.Sign(key, DsseEnvelope.InTotoPayloadType, payload))!.AsObject();
        Assert.Null(Attestation.Open(Encoding.UTF8.GetBytes(Lone(attestation).ToJsonString()), signers).Refusal);

        var bundle = Lone(Bundle(key));
        Assert.Equal(RefusalCodes.SigningMethodNotSupported, Verify(bundle, signers).Refusal?.Code);
        bundle["verificationMaterial"]!["publicKey"] = new JsonObject { ["hint"] = key.PublicKey.Hint };
        Assert.Equal(RefusalCodes.SignatureMalformed, Verify(bundle, signers).Refusal?.Code);

        static JsonObject Lone(JsonObject bundle)
        {
            var leaf = bundle["verificationMaterial"]!["x509CertificateChain"]!["certificates"]![0]!.DeepClone();
            bundle["verificationMaterial"] = new JsonObject { ["certificate"] = leaf };
            return bundle;
        }
    }

    [Fact]
    public void Certificates_that_are_none_are_malformed()
    {
        using var key = _authority.Signer();
        var pem = Convert.ToBase64String(Encoding.ASCII.GetBytes(_authority.RootPem));
        foreach (var certificates in new JsonArray[]
        {
            [],
            [new JsonObject { ["rawBytes"] = "AAAA" }],
            [new JsonObject { ["rawBytes"] = pem }],
            [new JsonObject { ["rawBytes"] = Convert.ToBase64String([.. key.Chain!.Certificates[0], 0]) }],
            ["AAAA"],
            [.. Enumerable.Repeat(0, 11).Select(_ => new JsonObject { ["rawBytes"] = Convert.ToBase64String(key.Chain.Certificates[0]) })],
        })
        {
            var bundle = Bundle(key);
            bundle["verificationMaterial"]!["x509CertificateChain"]!["certificates"] = certificates;
            Assert.Equal(RefusalCodes.SignatureMalformed, Verify(bundle, _authority.Allow()).Refusal?.Code);
        }
    }

    [Fact]
    public void A_signer_learns_that_its_certificate_does_not_fit_before_it_signs()
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        using var other = SigningKey.Create(SigningCurve.P256);
        using var expired = _authority.Issue(key, new TestAuthority.Leaf { Until = TestAuthority.Now.AddDays(-9) });
        using var server = _authority.Issue(key, new TestAuthority.Leaf { ExtendedUsage = TestAuthority.ServerAuthentication });
        Assert.Equal(RefusalCodes.CertificateUntrusted, other.Certify(new CertificateChain([expired.RawData]), TestAuthority.Clock)?.Code);
        Assert.Equal(RefusalCodes.CertificateExpired, key.Certify(new CertificateChain([expired.RawData]), TestAuthority.Clock)?.Code);
        Assert.Equal(RefusalCodes.CertificateNotForSigning, key.Certify(new CertificateChain([server.RawData]), TestAuthority.Clock)?.Code);
    }

    [Fact]
    public void A_root_file_holds_exactly_one_root()
    {
        using var other = new TestAuthority();
        using var key = SigningKey.Create(SigningCurve.P256);
        foreach (var pem in new[] { "", "text", _authority.IssuingPem, _authority.RootPem + "\n" + other.RootPem, key.PublicKey.Pem, _authority.RootPem.Replace("MII", "MIJ", StringComparison.Ordinal) })
        {
            Assert.Equal(RefusalCodes.CertificateMalformed, TrustedRoot.Parse(pem, "root.pem").Refusal?.Code);
        }

        Assert.Equal(RefusalCodes.CertificateMissing, TrustedRoot.Load("/nowhere/root.pem").Refusal?.Code);
    }

    private static JsonObject Bundle(SigningKey key) => BundleForge.Bundle(key);

    private static Result<SignedModel> Verify(JsonObject bundle, AllowedSigners signers) => SignedModel.Verify(Encoding.UTF8.GetBytes(bundle.ToJsonString()), signers);

    private static Result<SignedModel> Verify(SigningKey key, AllowedSigners signers) => Verify(Bundle(key), signers);
}
