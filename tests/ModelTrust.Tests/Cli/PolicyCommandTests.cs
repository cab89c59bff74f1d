using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.ModelTrust.Tests.Policy;

namespace Zakenak.ModelTrust.Tests.Cli;

public sealed class PolicyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CommandLine _cli;

    public PolicyCommandTests()
    {
        _cli = new CommandLine(_folder.Path);
        foreach (var name in new[] { "root", "alice", "bob" })
        {
            using var key = SigningKey.Create(SigningCurve.P256);
            Assert.Null(KeyFiles.Write(key, _folder[$"{name}.pem"], force: false));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_policy_is_created_signed_and_verified_by_three_lines()
    {
        Assert.Equal(0, await Create("--approver", "bob.pub.pem", "--attestation", "sbom", "--operator", PolicyScene.Operator));
        Assert.Equal(0, await _cli.Run("policy", "sign", "policy.json", "--key", "root.pem"));
        Assert.Contains("verify it by: zakenak policy verify policy.json --root root.pub.pem", _cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _cli.Run("policy", "verify", "policy.json", "--root", "root.pub.pem"));
        Assert.Contains("Approved", _cli.Output, StringComparison.Ordinal);
        Assert.Contains("sbom", _cli.Output, StringComparison.Ordinal);

        var policy = Load();
        var rule = policy.For("anything")!;
        Assert.Equal([KeyId("alice")], rule.Signers.Keys.Select(key => key.Id));
        Assert.Equal([KeyId("bob")], rule.Approvers.Keys.Select(key => key.Id));
        Assert.Equal([ModelStage.Approved], rule.Stages);
        Assert.True(policy.Allows(PolicyScene.Operator, RegistryAction.Revoke, "anything"));
        Assert.False(policy.Allows(PolicyScene.Operator + "2", RegistryAction.Revoke, "anything"));

        Assert.Equal(0, await _cli.Run("policy", "verify", "policy.json", "--root", "root.pub.pem", "--output", "json"));
        Assert.Equal(1, (int)_cli.Json["version"]!);
        Assert.Equal("sbom", (string?)_cli.Json["models"]![0]!["attestations"]![0]);
    }

    [Fact]
    public async Task One_key_may_sign_and_approve_and_count_in_development_only()
    {
        Assert.Equal(0, await Create("--development", "--model", "guide"));
        Assert.Equal(0, await _cli.Run("policy", "sign", "policy.json", "--key", "root.pem"));
        Assert.Empty(Load().For("guide")!.Signers.Keys);
        Assert.Single(Load(isDevelopment: true).For("guide")!.Signers.Keys);
        Assert.Null(Load().For("other"));
        Assert.Equal(0, await _cli.Run("policy", "verify", "policy.json", "--root", "root.pub.pem"));
        Assert.Contains("(dev)", _cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_is_there_stays()
    {
        Assert.Equal(0, await Create());
        var before = await File.ReadAllBytesAsync(_folder["policy.json"]);
        Assert.Equal(1, await Create("--approver", "bob.pub.pem"));
        Assert.StartsWith("write_failed: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder["policy.json"]));
    }

    [Fact]
    public async Task A_policy_that_can_not_be_read_is_neither_written_nor_signed()
    {
        Assert.Equal(3, await Create("--operator", "alice"));
        Assert.Contains("$.registry[0].identity", _cli.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["policy.json"]));
        await File.WriteAllTextAsync(_folder["policy.json"], """{"version":1,"models":[{"name":"guide"}]}""");
        Assert.Equal(3, await _cli.Run("policy", "sign", "policy.json", "--key", "root.pem"));
        Assert.StartsWith("policy_malformed: ", _cli.Error, StringComparison.Ordinal);
        Assert.Contains("policy.json: $.models[0].stages", _cli.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["policy.json.sig"]));
    }

    [Fact]
    public async Task A_policy_changed_after_signing_is_refused()
    {
        Assert.Equal(0, await Create());
        Assert.Equal(0, await _cli.Run("policy", "sign", "policy.json", "--key", "root.pem"));
        Assert.Equal(3, await _cli.Run("policy", "verify", "policy.json", "--root", "alice.pub.pem"));
        Assert.StartsWith("policy_invalid: ", _cli.Error, StringComparison.Ordinal);
        await File.AppendAllTextAsync(_folder["policy.json"], "\n");
        Assert.Equal(3, await _cli.Run("policy", "verify", "policy.json", "--root", "root.pub.pem", "--output", "json"));
        Assert.Equal("policy_invalid", (string?)_cli.Json["error"]!["code"]);
    }

    [Fact]
    public async Task An_attestation_made_here_is_one_that_the_policy_asks_for()
    {
        var model = Directory.CreateDirectory(_folder["m"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(model, "weights.bin"), "weights");
        Assert.Equal(0, await _cli.Run("model", "sign", "m", "--key", "alice.pem", "--name", "guide:v1", "--output", "json"));
        var digest = (string)_cli.Json["modelDigest"]!;
        await File.WriteAllTextAsync(_folder["sbom.json"], $$$"""{"bomFormat":"CycloneDX","metadata":{"timestamp":"{{{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss'Z'}}}"}}""");
        Assert.Equal(0, await Attest("m", "--type", "sbom", "--predicate", "sbom.json", "--key", "alice.pem", "--out", "sbom.att", "--output", "json"));
        Assert.Equal(digest, (string?)_cli.Json["modelDigest"]);
        Assert.Equal("https://cyclonedx.org/bom", (string?)_cli.Json["predicateType"]);
        Assert.Equal(0, await Attest("--digest", digest, "--type", "approval", "--key", "alice.pem", "--out", "approval.att"));

        Assert.Equal(0, await Create("--attestation", "sbom", "--attestation", "approval"));
        Assert.Equal(0, await _cli.Run("policy", "sign", "policy.json", "--key", "root.pem"));
        using var alice = SigningKey.Load(_folder["alice.pem"]).Value!;
        var now = DateTimeOffset.UtcNow;
        var evidence = new VersionEvidence
        {
            Name = "guide",
            Version = "v1",
            ModelDigest = digest,
            Signer = new Signer(alice.PublicKey.Id),
            StageEnvelope = PolicyScene.Value((PolicyScene.Statement() with { ModelDigest = digest, IssuedAt = now, ExpiresAt = now.AddDays(1) }).Sign(alice)),
            Attestations = [await File.ReadAllBytesAsync(_folder["sbom.att"]), await File.ReadAllBytesAsync(_folder["approval.att"])],
        };
        Assert.Null(Load().Decide(evidence, now));
        Assert.Equal(RefusalCodes.AttestationMissing, Load().Decide(evidence with { Attestations = [evidence.Attestations[0]] }, now)?.Code);
        Assert.NotNull(PolicyScene.Value(Attestation.Open(evidence.Attestations[1], AllowedSigners.Only(alice.PublicKey))).Date);
    }

    [Fact]
    public async Task What_is_not_of_its_type_is_not_attested()
    {
        await File.WriteAllTextAsync(_folder["scan.json"], "{}");
        Assert.Equal(3, await Attest("--digest", PolicyScene.Digest, "--type", "scan", "--predicate", "scan.json", "--key", "alice.pem", "--out", "scan.att"));
        Assert.StartsWith("attestation_invalid: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, await Attest("--digest", "1234", "--type", "approval", "--key", "alice.pem", "--out", "scan.att"));
        Assert.StartsWith("digest_malformed: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(1, await Attest("--digest", PolicyScene.Digest, "--type", "scan", "--predicate", "missing.json", "--key", "alice.pem", "--out", "scan.att"));
        Assert.Equal(3, await Attest("missing", "--type", "approval", "--key", "alice.pem", "--out", "scan.att"));
        Assert.False(File.Exists(_folder["scan.att"]));
    }

    [Fact]
    public async Task Two_keys_of_one_file_name_get_two_names()
    {
        Directory.CreateDirectory(_folder["team"]);
        File.Copy(_folder["bob.pub.pem"], _folder["team", "alice.pub.pem"]);
        Assert.Equal(0, await Create("--signer", "team/alice.pub.pem", "--output", "json"));
        Assert.Equal(["alice", "alice-2"], _cli.Json["keys"]!.AsObject().Select(key => key.Key));
        Assert.Equal(2, JsonNode.Parse(await File.ReadAllBytesAsync(_folder["policy.json"]))!["models"]![0]!["approvers"]!.AsArray().Count);
    }

    private Task<int> Create(params string[] more) => _cli.Run(["policy", "create", "--out", "policy.json", "--signer", "alice.pub.pem", .. more]);

    private Task<int> Attest(params string[] more) => _cli.Run(["model", "attest", .. more, "--name", "guide:v1"]);

    private ModelPolicy Load(bool isDevelopment = false) => PolicyScene.Value(ModelPolicy.Load(_folder["policy.json"], _folder["root.pub.pem"], isDevelopment));

    private string KeyId(string name) => PolicyScene.Value(SignerKey.Load(_folder[$"{name}.pub.pem"])).Id;
}
