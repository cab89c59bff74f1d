using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Policy;

namespace Zakenak.ModelTrust.Tests.Attestations;

public sealed class AttestationTests : IDisposable
{
    private const string CycloneDx = """{"bomFormat":"CycloneDX","metadata":{"timestamp":"2026-11-01T10:00:00Z"}}""";
    private const string Scanned = """{"scanner":{"uri":"pkg:generic/s","result":[]},"metadata":{"scanFinishedOn":"2026-11-02T10:00:00Z"}}""";

    private readonly SigningKey _key = SigningKey.Create(SigningCurve.P256);

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("sbom", CycloneDx, "https://cyclonedx.org/bom", "2026-11-01T10:00:00Z")]
    [InlineData("sbom", """{"spdxVersion":"SPDX-2.3","creationInfo":{"created":"2026-11-03T10:00:00Z"}}""", "https://spdx.dev/Document", "2026-11-03T10:00:00Z")]
    [InlineData("sbom", """{"@graph":[{"type":"x"},{"type":"CreationInfo","created":"2026-11-05T10:00:00Z"},{"type":"CreationInfo","created":"2026-11-04T10:00:00Z"}]}""", "https://spdx.dev/Document", "2026-11-04T10:00:00Z")]
    [InlineData("scan", Scanned, "https://in-toto.io/attestation/vulns/v0.2", "2026-11-02T10:00:00Z")]
    [InlineData("approval", """{"approved_at":"2026-11-06T12:00:00+02:00"}""", "https://zakenak.local/attestation/approval/v1", "2026-11-06T10:00:00Z")]
    [InlineData("https://example.org/evaluation/v1", """{"score":1}""", "https://example.org/evaluation/v1", null)]
    public void What_is_attested_comes_out_with_its_type_and_date(string type, string predicate, string predicateType, string? date)
    {
        var opened = Open(PolicyScene.Attest(AttestationType.Parse(type)!, predicate, _key));
        Assert.Null(opened.Refusal);
        Assert.Equal(predicateType, opened.Value!.PredicateType);
        Assert.Equal(date is null ? null : DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture), opened.Value.Date);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(predicate), JsonNode.Parse(opened.Value.Predicate.GetRawText())));
        Assert.True(AttestationType.Parse(type)!.Covers(predicateType));
    }

    /// <summary>The form that cosign attest and attest-blob write: statement v0.1, empty key id, nanoseconds.</summary>
    [Theory]
    [InlineData("sbom", "https://cyclonedx.org/bom", CycloneDx)]
    [InlineData("sbom", "https://spdx.dev/Document/v2.3", """{"spdxVersion":"SPDX-2.3","creationInfo":{"created":"2026-11-03T10:00:00Z"}}""")]
    [InlineData("scan", "https://cosign.sigstore.dev/attestation/vuln/v1", """{"invocation":{"parameters":null,"uri":"","event_id":"","builder.id":""},"scanner":{"uri":"","version":"","db":{"uri":"","version":""},"result":{"Results":[]}},"metadata":{"scanStartedOn":"2026-11-02T10:00:00.123456789Z","scanFinishedOn":"2026-11-02T10:00:01.123456789Z"}}""")]
    [InlineData("https://cosign.sigstore.dev/attestation/v1", "https://cosign.sigstore.dev/attestation/v1", """{"Data":"reviewed","Timestamp":"2026-11-02T10:00:00Z"}""")]
    public void What_cosign_writes_counts(string type, string predicateType, string predicate)
    {
        var statement = Statement(predicateType, predicate);
        statement["_type"] = "https://in-toto.io/Statement/v0.1";
        var envelope = (JsonObject)JsonNode.Parse(DsseEnvelope.Sign(_key, DsseEnvelope.InTotoPayloadType, Encoding.UTF8.GetBytes(statement.ToJsonString())))!;
        envelope["signatures"]![0]!["keyid"] = "";
        var opened = Open(Encoding.UTF8.GetBytes(envelope.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true })));
        Assert.Null(opened.Refusal);
        Assert.NotNull(opened.Value!.Date);
        Assert.True(AttestationType.Parse(type)!.Covers(opened.Value.PredicateType));
        Assert.Null(opened.Value.RequireSubject("guide", "v1", PolicyScene.Digest));
    }

    /// <summary>Made with sigstore-js (@sigstore/sign), whose key was thrown away: as a Sigstore bundle, and the bare envelope of it.</summary>
    [Theory]
    [InlineData("sbom.bundle.json")]
    [InlineData("sbom.dsse.json")]
    public void What_sigstore_js_signed_counts(string file)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "attested-by-sigstore-js");
        var signer = PolicyScene.Value(SignerKey.Load(Path.Combine(folder, "signer.pub.pem")));
        var attestation = PolicyScene.Value(Attestation.Open(File.ReadAllBytes(Path.Combine(folder, file)), AllowedSigners.Only(signer)));
        Assert.Null(attestation.RequireSubject("guide", "v1", PolicyScene.Digest));
        Assert.Equal(new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero), attestation.Date);
    }

    [Fact]
    public void It_counts_for_the_version_and_the_bytes_that_it_names_only()
    {
        var attestation = PolicyScene.Value(Open(PolicyScene.Attest(AttestationType.Sbom, CycloneDx, _key)));
        Assert.Null(attestation.RequireSubject("guide", "v1", PolicyScene.Digest));
        Assert.Equal(RefusalCodes.AttestationInvalid, attestation.RequireSubject("guide", "v2", PolicyScene.Digest)?.Code);
        Assert.Equal(RefusalCodes.AttestationInvalid, attestation.RequireSubject("other", "v1", PolicyScene.Digest)?.Code);
        Assert.Equal(RefusalCodes.AttestationInvalid, attestation.RequireSubject("guide", "v1", PolicyScene.OtherDigest)?.Code);
    }

    [Fact]
    public void A_name_of_one_subject_and_the_digest_of_another_are_not_a_version()
    {
        var statement = Statement("https://cyclonedx.org/bom", CycloneDx);
        statement["subject"] = JsonNode.Parse($$$"""[{"name":"guide:v1","digest":{"sha256":"{{{PolicyScene.OtherDigest[7..]}}}"}},{"name":"guide:v2","digest":{"sha256":"{{{PolicyScene.Digest[7..]}}}"}}]""");
        var attestation = PolicyScene.Value(Open(Sign(statement)));
        Assert.NotNull(attestation.RequireSubject("guide", "v1", PolicyScene.Digest));
        Assert.Null(attestation.RequireSubject("guide", "v2", PolicyScene.Digest));
    }

    [Fact]
    public void Statements_that_are_not_as_they_must_be_are_refused()
    {
        foreach (var bend in new Action<JsonObject>[]
        {
            s => s["_type"] = "https://in-toto.io/Statement/v2",
            s => s.Remove("predicateType"),
            s => s.Remove("predicate"),
            s => s["predicate"] = "text",
            s => s["predicate"] = new JsonObject(),
            s => s["extra"] = 1,
            s => s["subject"] = new JsonArray(),
            s => s["subject"] = "guide:v1",
            s => s["subject"]![0]!["digest"] = new JsonObject { ["sha512"] = "00" },
            s => s["subject"]![0]!["digest"]!["sha256"] = PolicyScene.Digest,
            s => s["subject"]![0]!["digest"]!["sha256"] = new string('A', 64),
            s => ((JsonObject)s["subject"]![0]!).Remove("name"),
            s => s["predicateType"] = "https://spdx.dev/Document",
            s => s["predicateType"] = "https://in-toto.io/attestation/vulns/v0.1",
            s => s["predicateType"] = "https://zakenak.local/attestation/approval/v1",
        })
        {
            var statement = Statement("https://cyclonedx.org/bom", CycloneDx);
            bend(statement);
            Assert.Equal(RefusalCodes.AttestationInvalid, Open(Sign(statement)).Refusal?.Code);
        }
    }

    [Theory]
    [InlineData("\"2026-11-01\"")]
    [InlineData("\"2026-11-01T10:00:00\"")]
    [InlineData("\"2026-11-01 10:00:00Z\"")]
    [InlineData("\"2026-13-01T10:00:00Z\"")]
    [InlineData("\"yesterday, at 10 o'clock Z\"")]
    [InlineData("1793527200")]
    [InlineData("null")]
    [InlineData("\"\\ud8002026-11-01T10:00:00Z\"")]
    public void A_date_that_could_mean_two_moments_is_none(string date)
    {
        var opened = Open(Sign(Statement("https://cyclonedx.org/bom", """{"bomFormat":"CycloneDX","metadata":{"timestamp":1}}"""), payload => payload.Replace("\"timestamp\":1", $"\"timestamp\":{date}", StringComparison.Ordinal)));
        Assert.True(opened.IsSuccess ? opened.Value.Date is null : opened.Refusal.Code == RefusalCodes.AttestationInvalid);
    }

    [Theory]
    [InlineData("sbom", "{}")]
    [InlineData("sbom", "[]")]
    [InlineData("sbom", "not json")]
    [InlineData("sbom", Scanned)]
    [InlineData("scan", CycloneDx)]
    [InlineData("approval", "{}")]
    [InlineData("approval", """{"approved_at":"soon"}""")]
    [InlineData("https://example.org/x", """{"a":1,"a":2}""")]
    [InlineData("https://example.org/x", """{"a":"\ud800"}""")]
    public void Nobody_signs_a_predicate_that_is_not_of_its_type(string type, string predicate) => Assert.Equal(
        RefusalCodes.AttestationInvalid,
        Attestation.Sign("guide", "v1", PolicyScene.Digest, AttestationType.Parse(type)!, Encoding.UTF8.GetBytes(predicate), _key).Refusal?.Code);

    [Theory]
    [InlineData("Guide", "v1", PolicyScene.Digest, RefusalCodes.NameNotAllowed)]
    [InlineData("guide", "1", PolicyScene.Digest, RefusalCodes.NameNotAllowed)]
    [InlineData("guide", "v1", "1111", RefusalCodes.DigestMalformed)]
    [InlineData("guide", "v1", "sha512:1111111111111111111111111111111111111111111111111111111111111111", RefusalCodes.DigestMalformed)]
    public void Nobody_signs_for_a_version_that_can_not_be(string name, string version, string digest, string code) => Assert.Equal(
        code, Attestation.Sign(name, version, digest, AttestationType.Sbom, Encoding.UTF8.GetBytes(CycloneDx), _key).Refusal?.Code);

    [Theory]
    [InlineData("SBOM")]
    [InlineData("")]
    [InlineData("provenance")]
    [InlineData("https://exa mple.org")]
    public void A_type_is_one_of_three_names_or_a_URI(string type) => Assert.Null(AttestationType.Parse(type));

    [Theory]
    [InlineData("sbom", "https://spdx.dev/Documentary")]
    [InlineData("sbom", "https://in-toto.io/attestation/vulns/v0.1")]
    [InlineData("scan", "https://cosign.sigstore.dev/attestation/vuln/v2")]
    [InlineData("approval", "https://zakenak.local/attestation/approval/v1/x")]
    [InlineData("https://example.org/x", "https://example.org/x/v1")]
    public void A_type_covers_what_it_names_and_nothing_like_it(string type, string predicateType) => Assert.False(AttestationType.Parse(type)!.Covers(predicateType));

    private static JsonObject Statement(string predicateType, string predicate) => new()
    {
        ["_type"] = "https://in-toto.io/Statement/v1",
        ["subject"] = new JsonArray(new JsonObject { ["name"] = "guide:v1", ["digest"] = new JsonObject { ["sha256"] = PolicyScene.Digest[7..], ["sha512"] = "00" } }),
        ["predicateType"] = predicateType,
        ["predicate"] = JsonNode.Parse(predicate),
    };

    private byte[] Sign(JsonNode statement, Func<string, string>? bend = null) =>
        DsseEnvelope.Sign(_key, DsseEnvelope.InTotoPayloadType, Encoding.UTF8.GetBytes((bend ?? (text => text))(statement.ToJsonString())));

    private Result<Attestation> Open(byte[] envelope) => Attestation.Open(envelope, AllowedSigners.Only(_key.PublicKey));
}
