using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Policy;

public sealed class ModelPolicyTests : IDisposable
{
    private readonly PolicyScene _scene = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scene.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_policy_says_what_its_file_says()
    {
        var policy = _scene.Policy();
        var rule = policy.For("guide")!;
        Assert.Equal(3, policy.Version);
        Assert.Equal(RevocationAction.Cut, rule.OnRevocation);
        Assert.Equal(TimeSpan.FromDays(365), rule.MaxAge);
        Assert.Equal(["sbom", "scan", "approval"], rule.Attestations.Select(required => required.Type.Name));
        Assert.Equal([TimeSpan.FromDays(90), TimeSpan.FromDays(30), null], rule.Attestations.Select(required => required.MaxAge));
        Assert.Null(policy.For("other"));
        Assert.Equal(RefusalCodes.ModelNotInPolicy, policy.Decide(_scene.Evidence() with { Name = "other" }, PolicyScene.Now)?.Code);
        Assert.Null(policy.Decide(_scene.Evidence(), PolicyScene.Now));
    }

    [Fact]
    public void The_rule_with_the_exact_name_wins_wherever_it_stands()
    {
        var json = _scene.Json();
        var any = json["models"]![0]!.DeepClone();
        any["name"] = "*";
        ((JsonArray)json["models"]!).Insert(0, any);
        var policy = PolicyScene.Value(_scene.Open(json));
        Assert.Equal("guide", policy.For("guide")!.Name);
        Assert.Equal("*", policy.For("other")!.Name);
    }

    [Fact]
    public void Only_named_identities_may_do_what_is_named_to_models_that_are_named()
    {
        var policy = _scene.Policy();
        Assert.True(policy.Allows(PolicyScene.Operator, RegistryAction.Push, "guide"));
        Assert.True(policy.Allows(PolicyScene.Operator, RegistryAction.Revoke, "guide"));
        Assert.False(policy.Allows(PolicyScene.Operator, RegistryAction.Promote, "guide"));
        Assert.False(policy.Allows(PolicyScene.Operator, RegistryAction.Push, "other"));
        Assert.False(policy.Allows(PolicyScene.Operator + "2", RegistryAction.Push, "guide"));
        Assert.False(policy.Allows(PolicyScene.Operator.ToUpperInvariant(), RegistryAction.Push, "guide"));
    }

    [Fact]
    public void Development_keys_count_in_development_only()
    {
        var rule = _scene.Policy(isDevelopment: true).For("guide")!;
        Assert.Contains(rule.Signers.Keys, key => key.Id == _scene.Developer.PublicKey.Id);
        Assert.DoesNotContain(_scene.Policy().For("guide")!.Signers.Keys, key => key.Id == _scene.Developer.PublicKey.Id);
        Assert.Null(rule.Decide(
            _scene.Evidence() with { Signer = new(_scene.Developer.PublicKey.Id), StageEnvelope = _scene.Stage(by: _scene.Developer) }, PolicyScene.Now));
    }

    [Fact]
    public void A_model_signed_by_a_development_key_is_refused_by_that_name()
    {
        using var folder = new SignedFolder();
        var json = _scene.Json();
        json["keys"]!["developer"]!["pem"] = folder.Key.PublicKey.Pem;
        var signers = PolicyScene.Value(_scene.Open(json)).For("guide")!.Signers;
        Assert.Equal(RefusalCodes.DevelopmentSigner, ModelTrust.Signing.SignedModel.Open(folder.Signature, signers).Refusal?.Code);
    }

    [Fact]
    public void A_policy_that_has_ended_permits_nothing()
    {
        var json = _scene.Json();
        json["expires_at"] = "2026-11-21T12:00:00Z";
        Assert.Equal(RefusalCodes.PolicyExpired, _scene.Open(json).Refusal?.Code);
        Assert.Equal(RefusalCodes.PolicyExpired, _scene.Policy().Decide(_scene.Evidence(), new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero))?.Code);
    }

    [Fact]
    public void A_policy_that_the_root_did_not_sign_is_refused()
    {
        Assert.Equal(RefusalCodes.PolicyInvalid, _scene.Open(_scene.Json(), signedBy: _scene.Author).Refusal?.Code);
        Assert.Contains("root.pub.pem", _scene.Open(_scene.Json(), signedBy: _scene.Author).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_are_loaded_together_or_not_at_all()
    {
        var path = _folder["policy.json"];
        var root = _folder["root.pub.pem"];
        Assert.Equal(RefusalCodes.KeyMissing, Load().Refusal?.Code);
        File.WriteAllText(root, _scene.Root.PublicKey.Pem);
        Assert.Equal(RefusalCodes.PolicyMissing, Load().Refusal?.Code);
        var content = Encoding.UTF8.GetBytes(_scene.Json().ToJsonString());
        File.WriteAllBytes(path, content);
        Assert.Equal(RefusalCodes.PolicyInvalid, Load().Refusal?.Code);
        File.WriteAllBytes(path + ".sig", PolicyScene.Value(ModelPolicy.Sign(content, "policy.json", _scene.Root)));
        Assert.Equal(3, PolicyScene.Value(Load()).Version);
        File.WriteAllText(path, File.ReadAllText(path) + "\n");
        Assert.Equal(RefusalCodes.PolicyInvalid, Load().Refusal?.Code);
        File.WriteAllBytes(path, new byte[ModelPolicy.MaxBytes + 1]);
        Assert.Equal(RefusalCodes.PolicyMissing, Load().Refusal?.Code);

        Result<ModelPolicy> Load() => ModelPolicy.Load(path, root, isDevelopment: false, TestAuthority.Clock);
    }

    [Fact]
    public void What_is_wrong_is_said_with_the_file_and_its_path_in_it()
    {
        foreach (var (path, bend) in new (string Path, Action<JsonNode> Bend)[]
        {
            ("$.version", p => p["version"] = 0),
            ("$.version", p => p["version"] = "3"),
            ("$.version", p => ((JsonObject)p).Remove("version")),
            ("$.expires_at", p => p["expires_at"] = "2027-01-01"),
            ("$.extra", p => p["extra"] = 1),
            ("$['a b']", p => p["a b"] = 1),
            ("$.keys.author.pem", p => p["keys"]!["author"]!["pem"] = "no key"),
            ("$.keys.author.pem", p => p["keys"]!["author"]!["pem"] = 1),
            ("$.keys.author.pm", p => p["keys"]!["author"]!["pm"] = 1),
            ("$.keys.twin", p => p["keys"]!["twin"] = p["keys"]!["author"]!.DeepClone()),
            ("$.keys.developer.development", p => p["keys"]!["developer"]!["development"] = "yes"),
            ("$.roots.ca.pem", p => p["roots"] = JsonNode.Parse("""{"ca":{"pem":"no certificate"}}""")),
            ("$.models", p => p["models"] = new JsonArray()),
            ("$.models", p => ((JsonObject)p).Remove("models")),
            ("$.models[0].name", p => p["models"]![0]!["name"] = "Guide"),
            ("$.models[0].stages", p => p["models"]![0]!["stages"] = new JsonArray()),
            ("$.models[0].stages[0]", p => p["models"]![0]!["stages"]![0] = "Draft"),
            ("$.models[0].stages[0]", p => p["models"]![0]!["stages"]![0] = "Retired"),
            ("$.models[0].signers", p => p["models"]![0]!["signers"] = new JsonArray()),
            ("$.models[0].signers[1].key", p => p["models"]![0]!["signers"]![1]!["key"] = "bob"),
            ("$.models[0].signers[1].kye", p => p["models"]![0]!["signers"]![1]!["kye"] = "author"),
            ("$.models[0].signers[0].root", p => p["models"]![0]!["signers"]![0] = JsonNode.Parse("""{"root":"ca","identity":"x"}""")),
            ("$.models[0].approvers", p => ((JsonObject)p["models"]![0]!).Remove("approvers")),
            ("$.models[0].attestations[0].type", p => p["models"]![0]!["attestations"]![0]!["type"] = "bom"),
            ("$.models[0].attestations[0].signers", p => p["models"]![0]!["attestations"]![0]!["signers"] = new JsonArray()),
            ("$.models[0].attestations[1].max_age_days", p => p["models"]![0]!["attestations"]![1]!["max_age_days"] = 0),
            ("$.models[0].attestation", p => p["models"]![0]!["attestation"] = new JsonArray()),
            ("$.models[0].max_age_days", p => p["models"]![0]!["max_age_days"] = 1.5),
            ("$.models[0].on_revocation", p => p["models"]![0]!["on_revocation"] = "stop"),
            ("$.registry[0].identity", p => p["registry"]![0]!["identity"] = "operator"),
            ("$.registry[0].actions[1]", p => p["registry"]![0]!["actions"]![1] = "delete"),
            ("$.registry[0].models[0]", p => p["registry"]![0]!["models"]![0] = "../x"),
        })
        {
            var json = _scene.Json();
            bend(json);
            var refusal = _scene.Open(json).Refusal;
            Assert.Equal(RefusalCodes.PolicyMalformed, refusal?.Code);
            Assert.StartsWith($"policy.json: {path}", refusal!.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"version\":1,\"version\":2}")]
    [InlineData("not json")]
    public void What_is_no_JSON_object_is_no_policy(string content) =>
        Assert.Equal(RefusalCodes.PolicyMalformed, ModelPolicy.Check(Encoding.UTF8.GetBytes(content), "policy.json").Refusal?.Code);
}
