using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.ModelTrust.Tests.Policy;

namespace Zakenak.ModelTrust.Tests.Stages;

public sealed class StageStatementTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Create(SigningCurve.P256);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void What_an_approver_signs_comes_out_as_it_was()
    {
        var statement = PolicyScene.Statement() with { Reason = "größer \"quoted\"", Revoked = true, Stage = ModelStage.Retired };
        var opened = Open(statement);
        Assert.Equal(_key.PublicKey.Id, opened.Signer?.KeyId);
        Assert.Equal(64, opened.PayloadDigest?.Length);
        Assert.Equal("guide:v1", opened.Subject);
        Assert.Equal((statement.ModelDigest, statement.Sequence, statement.Stage, statement.Revoked, statement.Reason), (opened.ModelDigest, opened.Sequence, opened.Stage, opened.Revoked, opened.Reason));
        Assert.Equal((statement.IssuedAt, statement.ExpiresAt), (opened.IssuedAt, opened.ExpiresAt));
    }

    [Fact]
    public void It_is_an_in_toto_statement_with_the_documented_predicate()
    {
        var envelope = JsonNode.Parse(PolicyScene.Value(PolicyScene.Statement().Sign(_key)))!;
        Assert.Equal("application/vnd.in-toto+json", (string?)envelope["payloadType"]);
        var payload = JsonNode.Parse(Convert.FromBase64String((string)envelope["payload"]!))!;
        Assert.Equal("https://in-toto.io/Statement/v1", (string?)payload["_type"]);
        Assert.Equal("guide:v1", (string?)payload["subject"]![0]!["name"]);
        Assert.Equal(PolicyScene.Digest[7..], (string?)payload["subject"]![0]!["digest"]!["sha256"]);
        Assert.Equal("https://zakenak.local/attestation/stage/v1", (string?)payload["predicateType"]);
        Assert.Equal(
            """{"sequence":2,"stage":"Approved","revoked":false,"reason":"evaluated","issued_at":"2026-11-20T12:00:00Z","expires_at":"2026-12-21T12:00:00Z"}""",
            payload["predicate"]!.ToJsonString());
    }

    [Fact]
    public void What_can_not_be_meant_is_not_signed()
    {
        var statement = PolicyScene.Statement();
        Assert.Equal(RefusalCodes.StatementInvalid, (statement with { Sequence = 0 }).Sign(_key).Refusal?.Code);
        Assert.Equal(RefusalCodes.StatementInvalid, (statement with { Sequence = StageStatement.MaxSequence + 1 }).Sign(_key).Refusal?.Code);
        Assert.Equal(RefusalCodes.StatementInvalid, (statement with { ExpiresAt = statement.IssuedAt }).Sign(_key).Refusal?.Code);
        Assert.Equal(RefusalCodes.StatementInvalid, (statement with { Reason = "two\nlines" }).Sign(_key).Refusal?.Code);
        Assert.Equal(RefusalCodes.StatementInvalid, (statement with { Reason = new string('a', 501) }).Sign(_key).Refusal?.Code);
        Assert.Equal(RefusalCodes.NameNotAllowed, (statement with { Version = "latest" }).Sign(_key).Refusal?.Code);
        Assert.Equal(RefusalCodes.DigestMalformed, (statement with { ModelDigest = "1" }).Sign(_key).Refusal?.Code);
    }

    [Fact]
    public void Statements_that_are_not_as_they_must_be_are_refused()
    {
        foreach (var bend in new Action<JsonNode>[]
        {
            s => s["predicateType"] = "https://zakenak.local/attestation/stage/v2",
            s => s["_type"] = "x",
            s => ((JsonArray)s["subject"]!).Add(s["subject"]![0]!.DeepClone()),
            s => s["subject"]![0]!["name"] = "guide",
            s => s["subject"]![0]!["name"] = "guide:v1:v2",
            s => s["predicate"]!["sequence"] = 0,
            s => s["predicate"]!["sequence"] = 1.5,
            s => s["predicate"]!["sequence"] = "2",
            s => s["predicate"]!["sequence"] = 1e300,
            s => s["predicate"]!["stage"] = "Draft",
            s => s["predicate"]!["stage"] = "approved",
            s => s["predicate"]!["stage"] = 1,
            s => s["predicate"]!["revoked"] = "false",
            s => s["predicate"]!["revoked"] = null,
            s => ((JsonObject)s["predicate"]!).Remove("revoked"),
            s => ((JsonObject)s["predicate"]!).Remove("reason"),
            s => s["predicate"]!["reason"] = "\u001b[2J",
            s => s["predicate"]!["issued_at"] = "2026-11-20",
            s => s["predicate"]!["expires_at"] = "never",
            s => s["predicate"]!["expires_at"] = "2026-11-20T11:00:00Z",
            s => s["predicate"]!["extra"] = 1,
        })
        {
            var envelope = JsonNode.Parse(PolicyScene.Value(PolicyScene.Statement().Sign(_key)))!;
            var payload = JsonNode.Parse(Convert.FromBase64String((string)envelope["payload"]!))!;
            bend(payload);
            var forged = DsseEnvelope.Sign(_key, DsseEnvelope.InTotoPayloadType, Encoding.UTF8.GetBytes(payload.ToJsonString()));
            Assert.Equal(RefusalCodes.StatementInvalid, StageStatement.Open(forged, AllowedSigners.Only(_key.PublicKey)).Refusal?.Code);
        }
    }

    [Fact]
    public void A_statement_by_nobody_who_approves_is_refused()
    {
        using var stranger = SigningKey.Create(SigningCurve.P256);
        var envelope = PolicyScene.Value(PolicyScene.Statement().Sign(stranger));
        Assert.Equal(RefusalCodes.SignerNotAllowed, StageStatement.Open(envelope, AllowedSigners.Only(_key.PublicKey)).Refusal?.Code);
    }

    [Fact]
    public void The_same_statement_may_come_again_and_another_of_its_sequence_may_not()
    {
        var first = Open(PolicyScene.Statement());
        var seen = PolicyScene.Value(StageRecord.Admit(null, first));
        Assert.Equal(seen, PolicyScene.Value(StageRecord.Admit(seen, first)));
        Assert.Equal(RefusalCodes.StatementReplayed, StageRecord.Admit(seen, Open(PolicyScene.Statement() with { Reason = "other" })).Refusal?.Code);
        Assert.Equal(RefusalCodes.StatementReplayed, StageRecord.Admit(seen, Open(PolicyScene.Statement() with { Sequence = 1 })).Refusal?.Code);
    }

    [Fact]
    public void Whatever_the_order_nothing_un_revokes_and_no_sequence_goes_back()
    {
        var statements = Enumerable.Range(1, 5).SelectMany(sequence => new[] { false, true }.Select(revoked => Open(PolicyScene.Statement() with { Sequence = sequence, Revoked = revoked }))).ToArray();
        Prop.ForAll(
            Gen.ListOf(Gen.Elements(statements)).ToArbitrary(),
            arriving =>
            {
                StageRecord? seen = null;
                foreach (var statement in arriving)
                {
                    var before = seen;
                    var admitted = StageRecord.Admit(seen, statement);
                    seen = admitted.IsSuccess ? admitted.Value : seen;
                    Assert.True(admitted.IsSuccess || statement.Sequence <= before!.Sequence);
                    Assert.True(before is null || seen!.Sequence >= before.Sequence);
                    Assert.True(seen!.Revoked || !statement.Revoked);
                    Assert.True(before is not { Revoked: true } || seen.Revoked);
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));
    }

    private StageStatement Open(StageStatement statement) =>
        PolicyScene.Value(StageStatement.Open(PolicyScene.Value(statement.Sign(_key)), AllowedSigners.Only(_key.PublicKey)));
}
