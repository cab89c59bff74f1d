using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Grants;

public class GrantVerifierTests
{
    private static readonly TestTrustDomain _domain = new();
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
    private readonly WorkloadIdentity _gateway = _domain.CreateIdentity(ServiceNames.Gateway);
    private readonly WorkloadIdentity _modelServer = _domain.CreateIdentity(ServiceNames.ModelServer);
    private readonly GrantVerifier _verifier;

    public GrantVerifierTests() => _verifier = new GrantVerifier(_modelServer, _time);

    [Fact]
    public void A_grant_arrives_as_it_was_minted()
    {
        var grant = NewGrant() with { MaxTokens = 512, Features = [new FeatureGrant("customer", ["42", "7"]), new FeatureGrant("order", ["*"])] };
        var result = Verify(new GrantIssuer(_gateway).Mint(grant).Jws);
        Assert.True(result.IsAccepted, result.Code);
        Assert.Equivalent(grant, result.Grant, strict: true);
    }

    [Fact]
    public void A_grant_is_a_compact_JWS_that_other_tools_can_read()
    {
        var parts = new GrantIssuer(_gateway).Mint(NewGrant()).Jws.Split('.');
        Assert.Equal(3, parts.Length);
        var header = Decode(parts[0]);
        Assert.Equal(["alg", "typ", "x5c"], header.Select(m => m.Key));
        Assert.Equal("ES256", (string?)header["alg"]);
        Assert.Equal("zakenak-grant+jwt", (string?)header["typ"]);
        Assert.Equal(2, header["x5c"]!.AsArray().Count);
        using var leaf = X509CertificateLoader.LoadCertificate(Convert.FromBase64String((string)header["x5c"]![0]!));
        using var key = leaf.GetECDsaPublicKey()!;
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void Grants_go_on_being_accepted_when_the_gateway_and_the_reader_renew()
    {
        var issuer = new GrantIssuer(_gateway);
        var before = issuer.Mint(NewGrant()).Jws;
        Assert.True(Verify(before).IsAccepted);
        _domain.Rotate(_gateway);
        var after = issuer.Mint(NewGrant()).Jws;
        Assert.NotEqual(before.Split('.')[0], after.Split('.')[0]);
        Assert.True(Verify(after).IsAccepted);
        Assert.True(Verify(before).IsAccepted);
        _domain.Rotate(_modelServer);
        Assert.True(Verify(after).IsAccepted);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_grant_is_missing(string? jws) => Assert.Equal("grant_missing", _verifier.Verify(jws, ServiceNames.ModelServer).Code);

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("bearer token")]
    [InlineData("e30.e30.e30")]
    public void What_is_no_JWS_is_malformed(string jws) => Assert.Equal("grant_malformed", Verify(jws).Code);

    [Fact]
    public void An_oversized_grant_is_refused_by_its_length_and_never_minted()
    {
        Assert.Equal("grant_malformed", Verify(new string('a', 50_000_000)).Code);
        var big = NewGrant() with { Features = [new FeatureGrant("customer", [.. Enumerable.Range(0, 5000).Select(i => i.ToString(CultureInfo.InvariantCulture))])] };
        Assert.Throws<ArgumentException>(() => new GrantIssuer(_gateway).Mint(big).Jws);
    }

    [Fact]
    public void A_workload_mints_in_its_own_name_only() =>
        Assert.Throws<ArgumentException>(() => new GrantIssuer(_gateway).Mint(NewGrant() with { Issuer = "spiffe://zakenak.local/ns/dev/sa/other" }).Jws);

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("ES384")]
    [InlineData("")]
    public void Another_algorithm_is_refused_whatever_the_signature(string algorithm)
    {
        // HS256 with the public key as its secret is the classic confusion.
        var publicKey = _gateway.Current.Certificate.PublicKey.ExportSubjectPublicKeyInfo();
        var jws = Forge(_gateway.Current, NewGrant(), header => header["alg"] = algorithm, sign: data => [.. HMACSHA256.HashData(publicKey, data), .. new byte[32]]);
        Assert.Equal("grant_malformed", Verify(jws).Code);
        Assert.Equal("grant_malformed", Verify(jws[..(jws.LastIndexOf('.') + 1)]).Code);
    }

    [Theory]
    [InlineData("typ", "JWT")]
    [InlineData("crit", "exp")]
    [InlineData("kid", "1")]
    [InlineData("jku", "https://127.0.0.1/keys")]
    public void A_header_with_another_type_or_any_other_member_is_refused(string name, string value) =>
        Assert.Equal("grant_malformed", Verify(Forge(_gateway.Current, NewGrant(), header => header[name] = value)).Code);

    [Fact]
    public void A_header_without_certificates_or_with_too_many_is_refused()
    {
        Assert.Equal("grant_malformed", Verify(Forge(_gateway.Current, NewGrant(), header => header["x5c"] = new JsonArray())).Code);
        Assert.Equal("grant_malformed", Verify(Forge(_gateway.Current, NewGrant(), header => header.Remove("x5c"))).Code);
        Assert.Equal("grant_malformed", Verify(Forge(_gateway.Current, NewGrant(), header => header["x5c"] = new JsonArray("AA", "AA"))).Code);
        Assert.Equal("grant_malformed", Verify(Forge(_gateway.Current, NewGrant(), header =>
        {
            var leaf = (string)header["x5c"]![0]!;
            header["x5c"] = new JsonArray(leaf, leaf, leaf, leaf, leaf);
        })).Code);
    }

    [Theory]
    [InlineData("""{"iss":"ISS",""", """{"iss":"ISS","iss":"ISS",""")]
    [InlineData("""{"iss":"ISS",""", """{"iss":"ISS","may_do_anything":true,""")]
    [InlineData("""{"iss":"ISS",""", """{""")]
    [InlineData("""{"iss":"ISS",""", """{"iss":null,""")]
    [InlineData("""["model-server"]""", """[null]""")]
    [InlineData("""["model-server"]""", """null""")]
    [InlineData("\"sub\":\"dev\"", "\"sub\":\"\"")]
    [InlineData("\"features\":[]", "\"features\":[null]")]
    [InlineData("\"features\":[]", "\"features\":[{\"view\":\"customer\"}]")]
    [InlineData("\"features\":[]", "\"features\":[{\"view\":\"customer\",\"entities\":[null]}]")]
    [InlineData("\"features\":[]", "\"features\":[],\"max_tokens\":-1")]
    [InlineData("\"features\":[]", "\"features\":[],\"max_tokens\":1e99")]
    [InlineData("\"features\":[]", "\"features\":[[[[[[[[]]]]]]]]")]
    [InlineData("\"features\":[]}", "\"features\":[]}{}")]
    [InlineData("\"exp\":EXP", "\"exp\":99999999999999999")]
    [InlineData("\"exp\":EXP", "\"exp\":9223372036854775807")]
    [InlineData("\"iat\":IAT", "\"iat\":-9223372036854775808")]
    [InlineData("\"iat\":IAT", "\"iat\":1000000")]
    [InlineData("\"exp\":EXP", "\"exp\":\"soon\"")]
    public void Claims_that_are_rightly_signed_but_not_of_the_form_are_refused(string old, string changed)
    {
        var grant = NewGrant();
        var claims = System.Text.Json.JsonSerializer.Serialize(grant, GrantJson.Default.Grant);
        var forged = claims.Replace(Fill(old), Fill(changed), StringComparison.Ordinal);
        Assert.NotEqual(claims, forged);
        Assert.True(Verify(Forge(_gateway.Current, claims)).IsAccepted);
        Assert.Equal("grant_malformed", Verify(Forge(_gateway.Current, forged)).Code);

        string Fill(string text) => text
            .Replace("ISS", grant.Issuer, StringComparison.Ordinal)
            .Replace("EXP", grant.ExpiresAt.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("IAT", grant.IssuedAt.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public void Claims_signed_by_another_key_are_refused()
    {
        using var thiefsKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var jws = Forge(_gateway.Current, NewGrant(), sign: data => thiefsKey.SignData(data, HashAlgorithmName.SHA256));
        Assert.Equal("grant_signature_invalid", Verify(jws).Code);
    }

    [Fact]
    public void The_parts_of_two_good_grants_do_not_mix()
    {
        var issuer = new GrantIssuer(_gateway);
        var (one, two) = (issuer.Mint(NewGrant()).Jws.Split('.'), issuer.Mint(NewGrant() with { Tenant = "other" }).Jws.Split('.'));
        Assert.Equal("grant_signature_invalid", Verify($"{one[0]}.{two[1]}.{one[2]}").Code);
        Assert.Equal("grant_signature_invalid", Verify($"{one[0]}.{one[1]}.{two[2]}").Code);
    }

    [Theory]
    [InlineData(ServiceNames.ModelServer)]
    [InlineData(ServiceNames.FeatureProxy)]
    [InlineData(ServiceNames.CertAuthority)]
    [InlineData("gateway2")]
    public void A_certificate_of_the_right_authority_that_is_no_gateways_is_refused(string service)
    {
        var other = _domain.CreateIdentity(service);
        Assert.Equal("grant_issuer", Verify(Forge(other.Current, NewGrant())).Code);
        Assert.Equal("grant_issuer", Verify(Forge(other.Current, NewGrant() with { Issuer = other.Id.ToString() })).Code);
    }

    [Fact]
    public void A_gateway_of_another_namespace_is_refused() =>
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateIdentity(ServiceNames.Gateway, ns: "prod"))).Code);

    [Fact]
    public void A_gateway_of_another_trust_domain_is_refused() =>
        Assert.Equal("grant_issuer", Verify(MintedBy(TestTrustDomain.CreateIdentityOfAnotherDomain(_domain, ServiceNames.Gateway))).Code);

    [Fact]
    public void A_gateway_of_another_authority_with_the_same_domain_name_is_refused() =>
        Assert.Equal("grant_issuer", Verify(MintedBy(new TestTrustDomain().CreateIdentity(ServiceNames.Gateway))).Code);

    [Fact]
    public void Certificates_that_are_no_SVID_of_a_gateway_now_are_refused()
    {
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateExpiredIdentity(ServiceNames.Gateway))).Code);
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateNotYetValidIdentity(ServiceNames.Gateway))).Code);
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateSelfSignedIdentity(ServiceNames.Gateway))).Code);
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateTwoUriNamesIdentity(ServiceNames.Gateway))).Code);
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateNoUriNameIdentity(ServiceNames.Gateway))).Code);
        Assert.Equal("grant_issuer", Verify(MintedBy(_domain.CreateLeafWithCaTrueIdentity(ServiceNames.Gateway))).Code);
    }

    [Fact]
    public void An_issuer_other_than_the_certificates_id_is_refused() =>
        Assert.Equal("grant_issuer", Verify(Forge(_gateway.Current, NewGrant() with { Issuer = "spiffe://zakenak.local/ns/dev/sa/gateway2" })).Code);

    [Fact]
    public void A_grant_for_other_services_is_refused()
    {
        var jws = new GrantIssuer(_gateway).Mint(NewGrant()).Jws;
        Assert.Equal("grant_audience", _verifier.Verify(jws, ServiceNames.FeatureProxy).Code);
    }

    [Fact]
    public void A_grant_holds_from_its_issue_to_its_expiry_give_or_take_the_skew_and_not_longer()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var early = new GrantIssuer(_gateway).Mint(NewGrant() with { IssuedAt = now + 6, ExpiresAt = now + 60 }).Jws;
        Assert.Equal("grant_expired", Verify(early).Code);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Verify(early).IsAccepted);
        _time.Advance(TimeSpan.FromSeconds(63));
        Assert.True(Verify(early).IsAccepted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("grant_expired", Verify(early).Code);
    }

    [Fact]
    public void A_remembered_certificate_is_forgotten_when_it_expires()
    {
        _domain.Rotate(_gateway, TimeSpan.FromMinutes(3));
        var issuer = new GrantIssuer(_gateway);
        Assert.True(Verify(issuer.Mint(NewGrant()).Jws).IsAccepted);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal("grant_issuer", Verify(issuer.Mint(NewGrant()).Jws).Code);
    }

    [Fact]
    public void A_remembered_certificate_is_forgotten_when_the_bundle_drops_its_root()
    {
        var jws = new GrantIssuer(_gateway).Mint(NewGrant()).Jws;
        Assert.True(Verify(jws).IsAccepted);
        _modelServer.Swap(_modelServer.Current, new TestTrustDomain().Bundle);
        Assert.Equal("grant_issuer", Verify(jws).Code);
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        for (var i = 0; i < 150; i++)
        {
            Assert.True(Verify(Forge(_gateway.Current, NewGrant(), spaces: i)).IsAccepted);
            Assert.InRange(_verifier.RememberedSigners, 1, 64);
        }
    }

    [Fact]
    public void No_grant_with_any_changed_character_is_accepted()
    {
        var jws = new GrantIssuer(_gateway).Mint(NewGrant()).Jws;
        Assert.True(Verify(jws).IsAccepted);
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\u00e9";
        var property = Prop.ForAll(Gen.Choose(0, jws.Length - 1).ToArbitrary(), Gen.Elements(alphabet.ToCharArray()).ToArbitrary(), (at, character) =>
            jws[at] == character || !Verify(jws[..at] + character + jws[(at + 1)..]).IsAccepted);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(4000), property);

        // The signature's every character and value, the unused bits of the last one among them.
        var signature = jws.LastIndexOf('.') + 1;
        for (var at = signature; at < jws.Length; at++)
        {
            foreach (var character in alphabet.Where(c => c != jws[at]))
            {
                Assert.False(Verify(jws[..at] + character + jws[(at + 1)..]).IsAccepted);
            }
        }
    }

    [Fact]
    public void No_cut_or_lengthened_grant_is_accepted()
    {
        var jws = new GrantIssuer(_gateway).Mint(NewGrant()).Jws;
        for (var length = 0; length < jws.Length; length++)
        {
            Assert.False(Verify(jws[..length]).IsAccepted);
        }

        Assert.All(["A", "=", ".", " ", "\n", ".A"], end => Assert.False(Verify(jws + end).IsAccepted));
        Assert.All([" ", "\n", "Bearer "], start => Assert.False(Verify(start + jws).IsAccepted));
    }

    [Fact]
    public async Task Many_threads_mint_and_verify_while_the_gateway_renews()
    {
        var issuer = new GrantIssuer(_gateway);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                var result = Verify(issuer.Mint(NewGrant() with { RequestId = $"{thread}-{i}" }).Jws);
                Assert.True(result.IsAccepted, result.Code);
                Assert.Equal($"{thread}-{i}", result.Grant.RequestId);
                if (thread == 0 && i % 20 == 0)
                {
                    _domain.Rotate(_gateway);
                }
            }
        })));
    }

    private GrantResult Verify(string? jws) => _verifier.Verify(jws, ServiceNames.ModelServer);

    private Grant NewGrant() => NewGrant(_gateway.Id, _time);

    internal static Grant NewGrant(SpiffeId issuer, TimeProvider time) => new()
    {
        Issuer = issuer.ToString(),
        Audience = [ServiceNames.ModelServer],
        Tenant = "dev",
        RequestId = "req_1",
        IssuedAt = time.GetUtcNow().ToUnixTimeSeconds(),
        ExpiresAt = time.GetUtcNow().ToUnixTimeSeconds() + 60,
        KeyId = "key-1",
        Model = "guide:v1",
    };

    private string MintedBy(WorkloadIdentity identity) => new GrantIssuer(identity).Mint(NewGrant() with { Issuer = identity.Id.ToString() }).Jws;

    /// <summary>What an attacker who holds this SVID can make.</summary>
    internal static string Forge(Svid svid, Grant grant, Action<JsonObject>? change = null, Func<byte[], byte[]>? sign = null, int spaces = 0) =>
        Forge(svid, System.Text.Json.JsonSerializer.Serialize(grant, GrantJson.Default.Grant), change, sign, spaces);

    private static string Forge(Svid svid, string claims, Action<JsonObject>? change = null, Func<byte[], byte[]>? sign = null, int spaces = 0)
    {
        var header = new JsonObject
        {
            ["alg"] = "ES256",
            ["typ"] = "zakenak-grant+jwt",
            ["x5c"] = new JsonArray([.. svid.Chain.Prepend(svid.Certificate).Select(c => JsonValue.Create(Convert.ToBase64String(c.RawData)))]),
        };
        change?.Invoke(header);
        var signed = Encode(header.ToJsonString() + new string(' ', spaces)) + "." + Encode(claims);
        using var key = svid.Certificate.GetECDsaPrivateKey()!;
        var data = Encoding.ASCII.GetBytes(signed);
        return signed + "." + Base64Url.EncodeToString(sign?.Invoke(data) ?? key.SignData(data, HashAlgorithmName.SHA256));
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    internal static JsonObject Decode(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();
}
