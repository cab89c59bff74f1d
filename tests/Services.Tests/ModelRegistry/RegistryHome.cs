using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>The folder of a registry over several starts, with a signed policy that lets the operator do everything to every model.</summary>
internal sealed class RegistryHome : IDisposable
{
    public const string Operator = "spiffe://zakenak.local/ns/dev/sa/" + ServiceNames.Operator;

    private readonly TemporaryFolder _folder = new();
    private readonly SigningKey _root = SigningKey.Create(SigningCurve.P256);
    private long _policyVersion;

    public RegistryHome()
    {
        File.WriteAllText(_folder["root.pub.pem"], _root.PublicKey.Pem);
        WritePolicy();
    }

    /// <summary>Signs models.</summary>
    public SigningKey Signer { get; } = SigningKey.Create(SigningCurve.P256);

    /// <summary>Signs stages and attestations.</summary>
    public SigningKey Approver { get; } = SigningKey.Create(SigningCurve.P256);

    public string Directory => _folder["registry"];

    public string this[string name] => _folder[name];

    public Dictionary<string, string?> Settings => new()
    {
        ["Registry:Directory"] = Directory,
        ["Registry:MinFreeBytes"] = "0",
        ["Trust:PolicyFile"] = _folder["policy.json"],
        ["Trust:PolicyRootFile"] = _folder["root.pub.pem"],
        ["Trust:PolicyReloadIntervalMs"] = "20",
    };

    /// <summary>Replaces the policy by a valid one.</summary>
    public void WritePolicy(string[]? actions = null, long? version = null, string model = "*", string identity = Operator)
    {
        _policyVersion = version ?? (_policyVersion + 1);
        var policy = new JsonObject
        {
            ["version"] = _policyVersion,
            ["keys"] = new JsonObject
            {
                ["signer"] = new JsonObject { ["pem"] = Signer.PublicKey.Pem },
                ["approver"] = new JsonObject { ["pem"] = Approver.PublicKey.Pem },
            },
            ["roots"] = new JsonObject(),
            ["models"] = new JsonArray(new JsonObject
            {
                ["name"] = model,
                ["stages"] = new JsonArray("Approved"),
                ["signers"] = new JsonArray(new JsonObject { ["key"] = "signer" }),
                ["approvers"] = new JsonArray(new JsonObject { ["key"] = "approver" }),
                ["attestations"] = new JsonArray(),
                ["on_revocation"] = "cut",
            }),
            ["registry"] = new JsonArray(new JsonObject
            {
                ["identity"] = identity,
                ["actions"] = JsonSerializer.SerializeToNode(actions ?? [.. RegistryAction.All]),
                ["models"] = new JsonArray("*"),
            }),
        };
        var content = Encoding.UTF8.GetBytes(policy.ToJsonString());
        var signature = ModelPolicy.Sign(content, "the test's policy", _root);
        Assert.Null(signature.Refusal);
        Replace("policy.json.sig", signature.Value!);
        Replace("policy.json", content);
    }

    /// <summary>Puts any bytes in the policy's place.</summary>
    public void BreakPolicy() => Replace("policy.json", "{}"u8.ToArray());

    public byte[] Stage(string name, string digest, long sequence, ModelStage stage, bool revoked = false, SigningKey? key = null, string version = "v1", TimeSpan? expires = null)
    {
        var signed = new StageStatement
        {
            Name = name,
            Version = version,
            ModelDigest = digest,
            Sequence = sequence,
            Stage = stage,
            Revoked = revoked,
            Reason = "a test",
            IssuedAt = DateTimeOffset.UtcNow.AddHours(-1),
            ExpiresAt = DateTimeOffset.UtcNow + (expires ?? TimeSpan.FromDays(30)),
        }.Sign(key ?? Approver);
        Assert.Null(signed.Refusal);
        return signed.Value!;
    }

    public void Dispose()
    {
        _root.Dispose();
        Signer.Dispose();
        Approver.Dispose();
        _folder.Dispose();
    }

    private void Replace(string name, byte[] content)
    {
        File.WriteAllBytes(_folder[name + ".new"], content);
        File.Move(_folder[name + ".new"], _folder[name], overwrite: true);
    }
}
