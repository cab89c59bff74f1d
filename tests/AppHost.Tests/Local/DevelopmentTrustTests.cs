using Aspire.Hosting;
using Zakenak.AppHost.Local;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.AppHost.Tests.Local;

public sealed class DevelopmentTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("zakenak-trust-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_policy_gets_the_next_version_when_the_signers_of_adopted_models_change_and_only_then()
    {
        var first = Start();
        Assert.Equal(1, first.Version);
        Assert.Equal(1, Start().Version);

        var one = Adopt("mine");
        var second = Start();
        Assert.Equal(2, second.Version);
        Assert.True(second.For("mine")!.Signers.Allows(new Signer(one.Id)));
        Assert.False(second.For("other")!.Signers.Allows(new Signer(one.Id)));
        Assert.False(second.For("mine")!.Approvers.Allows(new Signer(one.Id)));

        var two = Adopt("mine");
        Assert.True(Start().For("mine")!.Signers.Allows(new Signer(two.Id)));
        Directory.Delete(Path.Combine(_folder, "models", "mine"), recursive: true);
        var last = Start();
        Assert.Equal(4, last.Version);
        Assert.False(last.For("mine")!.Signers.Allows(new Signer(one.Id)));
    }

    [Fact]
    public void A_policy_signed_by_hand_stays_until_the_signers_change_and_is_followed_by_a_higher_version()
    {
        Start();
        var file = Path.Combine(_folder, "trust", "policy.json");
        var edited = File.ReadAllText(file).Replace("\"version\": 1", "\"version\": 7", StringComparison.Ordinal);
        File.WriteAllText(file, edited);
        using var root = SigningKey.Load(Path.Combine(_folder, "trust", "policy-root.pem")).Value!;
        File.WriteAllBytes(file + ".sig", ModelPolicy.Sign(File.ReadAllBytes(file), file, root).Value!);

        Assert.Equal(7, Start().Version);
        Adopt("mine");
        Assert.Equal(8, Start().Version);
    }

    [Fact]
    public void Its_keys_count_in_the_namespace_dev_only()
    {
        Start();
        var elsewhere = ModelPolicy.Load(Path.Combine(_folder, "trust", "policy.json"), Path.Combine(_folder, "trust", "policy-root.pub.pem"), isDevelopment: false).Value!;
        using var person = SigningKey.Load(Path.Combine(_folder, "trust", "operator.pem")).Value!;
        Assert.False(elsewhere.For("guide")!.Approvers.Allows(new Signer(person.PublicKey.Id)));
        Assert.True(Start().For("guide")!.Approvers.Allows(new Signer(person.PublicKey.Id)));
    }

    private ModelPolicy Start()
    {
        var builder = DistributedApplication.CreateBuilder(["--state-dir", _folder]);
        var state = LocalState.Open(builder);
        using (state.RunLock)
        {
            var trust = DevelopmentTrust.Open(builder, state);
            var policy = ModelPolicy.Load(trust.PolicyFile, trust.PolicyRootFile, isDevelopment: true);
            Assert.True(policy.IsSuccess, policy.Refusal?.Message);
            return policy.Value;
        }
    }

    /// <summary>What <c>model import</c> leaves: the signer's public key beside the model's versions.</summary>
    private SignerKey Adopt(string model)
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        var signers = Directory.CreateDirectory(Path.Combine(_folder, "models", model, "signers")).FullName;
        File.WriteAllText(Path.Combine(signers, key.PublicKey.Id[..16] + ".pem"), key.PublicKey.Pem);
        return key.PublicKey;
    }
}
