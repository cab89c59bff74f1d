using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Policy;

/// <summary>A policy that asks for everything, and a version that has everything; each test bends one thing.</summary>
internal sealed class PolicyScene : IDisposable
{
    public const string Digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    public const string OtherDigest = "sha256:2222222222222222222222222222222222222222222222222222222222222222";
    public const string Operator = "spiffe://zakenak.local/ns/prod/sa/operator";

    public static readonly DateTimeOffset Now = TestAuthority.Now;

    public SigningKey Root { get; } = SigningKey.Create(SigningCurve.P256);

    public SigningKey Author { get; } = SigningKey.Create(SigningCurve.P256);

    public SigningKey Approver { get; } = SigningKey.Create(SigningCurve.P256);

    public SigningKey Scanner { get; } = SigningKey.Create(SigningCurve.P256);

    public SigningKey Developer { get; } = SigningKey.Create(SigningCurve.P256);

    public SigningKey Stranger { get; } = SigningKey.Create(SigningCurve.P256);

    public JsonObject Json() => (JsonObject)JsonNode.Parse($$"""
        {
          "version": 3,
          "expires_at": "2027-01-01T00:00:00Z",
          "keys": {
            "author": { "pem": {{Quote(Author)}} },
            "approver": { "pem": {{Quote(Approver)}}, "development": false },
            "scanner": { "pem": {{Quote(Scanner)}} },
            "developer": { "pem": {{Quote(Developer)}}, "development": true }
          },
          "models": [
            {
              "name": "guide",
              "stages": ["Approved"],
              "signers": [{ "key": "author" }, { "key": "developer" }],
              "approvers": [{ "key": "approver" }, { "key": "developer" }],
              "attestations": [
                { "type": "sbom", "signers": [{ "key": "author" }, { "key": "developer" }], "max_age_days": 90 },
                { "type": "scan", "signers": [{ "key": "scanner" }], "max_age_days": 30 },
                { "type": "approval", "signers": [{ "key": "approver" }] }
              ],
              "max_age_days": 365,
              "on_revocation": "cut"
            }
          ],
          "registry": [{ "identity": "{{Operator}}", "actions": ["push", "revoke"], "models": ["guide"] }]
        }
        """)!;

    public Result<ModelPolicy> Open(JsonNode json, bool isDevelopment = false, SigningKey? signedBy = null)
    {
        var content = Encoding.UTF8.GetBytes(json.ToJsonString());
        var envelope = DsseEnvelope.Sign(signedBy ?? Root, ModelPolicy.PayloadType, content);
        return ModelPolicy.Open(content, envelope, "policy.json", Root.PublicKey, "the root key root.pub.pem", isDevelopment, TestAuthority.Clock);
    }

    public ModelPolicy Policy(bool isDevelopment = false) => Value(Open(Json(), isDevelopment));

    public VersionEvidence Evidence() => new()
    {
        Name = "guide",
        Version = "v1",
        ModelDigest = Digest,
        PinnedDigest = Digest,
        Signer = new Signer(Author.PublicKey.Id),
        StageEnvelope = Stage(),
        Attestations = [Sbom(), Scan(), Approval()],
        Seen = new StageRecord(1, false, "of an earlier one"),
    };

    public static StageStatement Statement() => new()
    {
        Name = "guide",
        Version = "v1",
        ModelDigest = Digest,
        Sequence = 2,
        Stage = ModelStage.Approved,
        Reason = "evaluated",
        IssuedAt = Now.AddDays(-1),
        ExpiresAt = Now.AddDays(30),
    };

    public byte[] Stage(StageStatement? statement = null, SigningKey? by = null) => Value((statement ?? Statement()).Sign(by ?? Approver));

    public byte[] Sbom(int ageDays = 10, SigningKey? by = null, string version = "v1", string digest = Digest) => Attest(
        AttestationType.Sbom, $$$"""{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"timestamp":"{{{Date(ageDays)}}}"}}""", by ?? Author, version, digest);

    public byte[] Scan(int ageDays = 10, SigningKey? by = null) => Attest(
        AttestationType.Scan, $$$"""{"scanner":{"uri":"pkg:generic/scanner","result":[]},"metadata":{"scanFinishedOn":"{{{Date(ageDays)}}}"}}""", by ?? Scanner);

    public byte[] Approval(SigningKey? by = null) => Attest(AttestationType.Approval, $$"""{"approved_at":"{{Date(400)}}"}""", by ?? Approver);

    public static byte[] Attest(AttestationType type, string predicate, SigningKey by, string version = "v1", string digest = Digest) =>
        Value(Attestation.Sign("guide", version, digest, type, Encoding.UTF8.GetBytes(predicate), by));

    public static T Value<T>(Result<T> result)
        where T : class
    {
        Assert.Null(result.Refusal);
        return result.Value!;
    }

    public void Dispose()
    {
        foreach (var key in new[] { Root, Author, Approver, Scanner, Developer, Stranger })
        {
            key.Dispose();
        }
    }

    private static string Date(int ageDays) => Now.AddDays(-ageDays).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static string Quote(SigningKey key) => JsonValue.Create(key.PublicKey.Pem)!.ToJsonString();
}
