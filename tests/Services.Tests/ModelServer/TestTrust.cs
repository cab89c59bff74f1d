using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>A policy that trusts one signer and one approver, and what they sign.</summary>
internal sealed class TestTrust : IDisposable
{
    public const string Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private readonly TemporaryFolder _folder;
    private readonly SigningKey _root = SigningKey.Create(SigningCurve.P256);
    private int _version;

    public TestTrust(TemporaryFolder folder, bool isDevelopmentSigner = false, string onRevocation = "finish", DateTimeOffset? policyEnds = null)
    {
        _folder = folder;
        File.WriteAllText(folder["policy-root.pem"], _root.PublicKey.Pem);
        WritePolicy(isDevelopmentSigner, onRevocation, policyEnds);
    }

    public SigningKey Signer { get; } = SigningKey.Create(SigningCurve.P256);

    public SigningKey Approver { get; } = SigningKey.Create(SigningCurve.P256);

    public string PolicyFile => _folder["policy.json"];

    public string PolicyRootFile => _folder["policy-root.pem"];

    public (string Key, string Value)[] Settings =>
    [
        ("Trust:PolicyFile", PolicyFile),
        ("Trust:PolicyRootFile", PolicyRootFile),
    ];

    /// <summary>Writes the next version of the policy.</summary>
    public void WritePolicy(bool isDevelopmentSigner = false, string onRevocation = "finish", DateTimeOffset? ends = null, bool allowsSigner = true, int? scanMaxAgeDays = null, string scanSigner = "approver")
    {
        var policy = new JsonObject
        {
            ["version"] = ++_version,
            ["keys"] = new JsonObject
            {
                ["signer"] = new JsonObject { ["pem"] = Signer.PublicKey.Pem, ["development"] = isDevelopmentSigner },
                ["approver"] = new JsonObject { ["pem"] = Approver.PublicKey.Pem },
            },
            ["roots"] = new JsonObject(),
            ["models"] = new JsonArray(new JsonObject
            {
                ["name"] = "*",
                ["stages"] = new JsonArray("Approved"),
                ["signers"] = new JsonArray(new JsonObject { ["key"] = allowsSigner ? "signer" : "approver" }),
                ["approvers"] = new JsonArray(new JsonObject { ["key"] = "approver" }),
                ["attestations"] = scanMaxAgeDays is { } days
                    ? new JsonArray(new JsonObject { ["type"] = "scan", ["signers"] = new JsonArray(new JsonObject { ["key"] = scanSigner }), ["max_age_days"] = days })
                    : new JsonArray(),
                ["on_revocation"] = onRevocation,
            }),
            ["registry"] = new JsonArray(),
        };
        if (ends is { } end)
        {
            policy["expires_at"] = end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        }

        var content = Encoding.UTF8.GetBytes(policy.ToJsonString());
        var signature = ModelPolicy.Sign(content, "policy.json", _root);
        Assert.True(signature.IsSuccess, signature.Refusal?.Message);
        File.WriteAllBytes(PolicyFile, content);
        File.WriteAllBytes(PolicyFile + ".sig", signature.Value);
    }

    public ModelPolicy Policy(TimeProvider? time = null)
    {
        var policy = ModelPolicy.Load(PolicyFile, PolicyRootFile, isDevelopment: true, time);
        Assert.True(policy.IsSuccess, policy.Refusal?.Message);
        return policy.Value;
    }

    public byte[] Stage(
        long sequence,
        ModelStage stage = ModelStage.Approved,
        bool revoked = false,
        DateTimeOffset? issued = null,
        TimeSpan? lifetime = null,
        string model = "guide:v1",
        string digest = Digest,
        SigningKey? approver = null)
    {
        var at = issued ?? DateTimeOffset.UtcNow.AddMinutes(-1);
        var statement = new StageStatement
        {
            Name = model.Split(':')[0],
            Version = model.Split(':')[1],
            ModelDigest = digest,
            Sequence = sequence,
            Stage = stage,
            Revoked = revoked,
            Reason = "because",
            IssuedAt = at,
            ExpiresAt = at + (lifetime ?? TimeSpan.FromDays(30)),
        };
        var envelope = statement.Sign(approver ?? Approver);
        Assert.True(envelope.IsSuccess, envelope.Refusal?.Message);
        return envelope.Value;
    }

    /// <summary>An attestation that nothing bad was found, by the approver.</summary>
    public byte[] Scan(DateTimeOffset finished)
    {
        var predicate = new JsonObject
        {
            ["scanner"] = new JsonObject { ["uri"] = "https://scanner.example.org", ["result"] = new JsonArray() },
            ["metadata"] = new JsonObject { ["scanFinishedOn"] = finished.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) },
        };
        var envelope = Attestation.Sign("guide", "v1", Digest, AttestationType.Scan, Encoding.UTF8.GetBytes(predicate.ToJsonString()), Approver);
        Assert.True(envelope.IsSuccess, envelope.Refusal?.Message);
        return envelope.Value;
    }

    public VersionEvidence Evidence(byte[]? stage) => new()
    {
        Name = "guide",
        Version = "v1",
        ModelDigest = Digest,
        Signer = new Signer(Signer.PublicKey.Id),
        StageEnvelope = stage is null ? (ReadOnlyMemory<byte>?)null : stage,
    };

    /// <summary>Makes a folder look finished by a fetch.</summary>
    public static void Finish(string destination, string model, string digest, DateTimeOffset confirmedAt)
    {
        var refusal = new FetchedModel(model.Split(':')[0], model.Split(':')[1], digest, confirmedAt, confirmedAt).Write(destination);
        Assert.Null(refusal);
    }

    public void Dispose()
    {
        _root.Dispose();
        Signer.Dispose();
        Approver.Dispose();
    }
}
