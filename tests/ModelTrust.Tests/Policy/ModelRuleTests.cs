using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Policy;

public sealed class ModelRuleTests : IDisposable
{
    private readonly PolicyScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void A_version_with_all_its_evidence_may_be_served() => Assert.Null(Decide(_scene.Evidence()));

    [Fact]
    public void A_version_that_was_never_seen_and_is_not_pinned_may_be_served() =>
        Assert.Null(Decide(_scene.Evidence() with { PinnedDigest = null, Seen = null }));

    [Fact]
    public void Each_single_piece_that_is_missing_or_wrong_refuses_the_version_by_its_code()
    {
        foreach (var (what, code, bend) in Bends())
        {
            Assert.True(code == Decide(bend(_scene.Evidence()))?.Code, $"{what}: {Decide(bend(_scene.Evidence()))?.ToString() ?? "permitted"}");
        }
    }

    [Fact]
    public void Whom_a_certificate_names_may_sign_statements_and_attestations_in_Sigstore_bundles()
    {
        using var authority = new TestAuthority();
        using var signer = authority.Signer(new TestAuthority.Leaf { Names = names => { names.AddEmailAddress("scans@example.org"); names.AddEmailAddress("models@example.org"); } });
        var json = _scene.Json();
        json["roots"] = new JsonObject { ["ca"] = new JsonObject { ["pem"] = authority.RootPem } };
        json["models"]![0]!["approvers"]![0] = Certificate("models@example.org");
        json["models"]![0]!["attestations"]![0]!["signers"]![0] = Certificate("scans@example.org");
        var evidence = _scene.Evidence() with { StageEnvelope = Bundle(_scene.Stage()), Attestations = [Bundle(_scene.Sbom()), _scene.Scan(), _scene.Approval()] };
        Assert.Null(Decide());

        json["models"]![0]!["attestations"]![0]!["signers"]![0] = Certificate("others@example.org");
        Assert.Equal(RefusalCodes.SignerNotAllowed, Decide()?.Code);
        json["models"]![0]!["approvers"]![0] = Certificate("others@example.org");
        Assert.Equal(RefusalCodes.SignerNotAllowed, Decide()?.Code);

        Refusal? Decide() => PolicyScene.Value(_scene.Open(json)).Decide(evidence, PolicyScene.Now);
        byte[] Bundle(byte[] envelope) => SignatureBundle.Sign(signer, DsseEnvelope.InTotoPayloadType, Convert.FromBase64String((string)JsonNode.Parse(envelope)!["payload"]!));
        static JsonObject Certificate(string identity) => new() { ["root"] = "ca", ["identity"] = identity };
    }

    private IEnumerable<(string What, string Code, Func<VersionEvidence, VersionEvidence> Bend)> Bends()
    {
        yield return ("another pin", RefusalCodes.DigestNotPinned, e => e with { PinnedDigest = PolicyScene.OtherDigest });
        yield return ("a stranger signed", RefusalCodes.SignerNotAllowed, e => e with { Signer = new Signer(_scene.Stranger.PublicKey.Id) });
        yield return ("the approver signed", RefusalCodes.SignerNotAllowed, e => e with { Signer = new Signer(_scene.Approver.PublicKey.Id) });
        yield return ("the developer signed", RefusalCodes.DevelopmentSigner, e => e with { Signer = new Signer(_scene.Developer.PublicKey.Id) });
        yield return ("no stage", RefusalCodes.ApprovalMissing, e => e with { StageEnvelope = null });
        yield return ("staging", RefusalCodes.StageNotApproved, e => WithStage(e, s => s with { Stage = ModelStage.Staging }));
        yield return ("retired", RefusalCodes.StageNotApproved, e => WithStage(e, s => s with { Stage = ModelStage.Retired }));
        yield return ("revoked", RefusalCodes.Revoked, e => WithStage(e, s => s with { Revoked = true }));
        yield return ("ended", RefusalCodes.ApprovalExpired, e => WithStage(e, s => s with { ExpiresAt = PolicyScene.Now }));
        yield return ("too old", RefusalCodes.ApprovalExpired, e => WithStage(e, s => s with { IssuedAt = PolicyScene.Now.AddDays(-366) }));
        yield return ("of the future", RefusalCodes.StatementInvalid, e => WithStage(e, s => s with { IssuedAt = PolicyScene.Now.AddMinutes(6) }));
        yield return ("of another version", RefusalCodes.StatementInvalid, e => WithStage(e, s => s with { Version = "v2" }));
        yield return ("of another model", RefusalCodes.StatementInvalid, e => WithStage(e, s => s with { Name = "other" }));
        yield return ("of other bytes", RefusalCodes.StatementInvalid, e => WithStage(e, s => s with { ModelDigest = PolicyScene.OtherDigest }));
        yield return ("an old stage", RefusalCodes.StatementReplayed, e => e with { Seen = new StageRecord(3, false, "x") });
        yield return ("a second stage of its sequence", RefusalCodes.StatementReplayed, e => e with { Seen = new StageRecord(2, false, "x") });
        yield return ("revoked before", RefusalCodes.Revoked, e => e with { Seen = new StageRecord(1, true, "x") });
        yield return ("revoked late", RefusalCodes.Revoked, e => WithStage(e, s => s with { Revoked = true }) with { Seen = new StageRecord(9, false, "x") });
        yield return ("approved by a stranger", RefusalCodes.SignerNotAllowed, e => e with { StageEnvelope = _scene.Stage(by: _scene.Stranger) });
        yield return ("approved by the author", RefusalCodes.SignerNotAllowed, e => e with { StageEnvelope = _scene.Stage(by: _scene.Author) });
        yield return ("approved by the developer", RefusalCodes.DevelopmentSigner, e => e with { StageEnvelope = _scene.Stage(by: _scene.Developer) });
        yield return ("an attestation as stage", RefusalCodes.StatementInvalid, e => e with { StageEnvelope = _scene.Approval() });
        yield return ("no sbom", RefusalCodes.AttestationMissing, e => e with { Attestations = [_scene.Scan(), _scene.Approval()] });
        yield return ("no scan", RefusalCodes.AttestationMissing, e => e with { Attestations = [_scene.Sbom(), _scene.Approval()] });
        yield return ("no approval", RefusalCodes.AttestationMissing, e => e with { Attestations = [_scene.Sbom(), _scene.Scan()] });
        yield return ("a stage as approval", RefusalCodes.AttestationMissing, e => e with { Attestations = [_scene.Sbom(), _scene.Scan(), _scene.Stage()] });
        yield return ("an old sbom", RefusalCodes.AttestationExpired, e => WithSbom(e, _scene.Sbom(ageDays: 91)));
        yield return ("an sbom of the future", RefusalCodes.AttestationInvalid, e => WithSbom(e, _scene.Sbom(ageDays: -1)));
        yield return ("an sbom of another version", RefusalCodes.AttestationInvalid, e => WithSbom(e, _scene.Sbom(version: "v2")));
        yield return ("an sbom of other bytes", RefusalCodes.AttestationInvalid, e => WithSbom(e, _scene.Sbom(digest: PolicyScene.OtherDigest)));
        yield return ("an sbom by the scanner", RefusalCodes.SignerNotAllowed, e => WithSbom(e, _scene.Sbom(by: _scene.Scanner)));
        yield return ("an sbom by a stranger", RefusalCodes.SignerNotAllowed, e => WithSbom(e, _scene.Sbom(by: _scene.Stranger)));
        yield return ("an sbom by the developer", RefusalCodes.DevelopmentSigner, e => WithSbom(e, _scene.Sbom(by: _scene.Developer)));
        yield return ("an sbom without a date", RefusalCodes.AttestationInvalid, e => WithSbom(e, PolicyScene.Attest(
            AttestationType.Sbom, """{"bomFormat":"CycloneDX"}""", _scene.Author)));
        yield return ("an envelope that is none", RefusalCodes.AttestationInvalid, e => WithSbom(e, "{}"u8.ToArray()));
        yield return ("another model's rule", RefusalCodes.ModelNotInPolicy, e => e with { Name = "other" });
        yield return ("a name that can't be", RefusalCodes.NameNotAllowed, e => e with { Name = "../guide" });
    }

    private VersionEvidence WithStage(VersionEvidence evidence, Func<StageStatement, StageStatement> bend) =>
        evidence with { StageEnvelope = _scene.Stage(bend(PolicyScene.Statement())) };

    private VersionEvidence WithSbom(VersionEvidence evidence, byte[] envelope) => evidence with { Attestations = [envelope, _scene.Scan(), _scene.Approval()] };

    private Refusal? Decide(VersionEvidence evidence) => _scene.Policy().For("guide")!.Decide(evidence, PolicyScene.Now);
}
