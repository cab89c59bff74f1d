using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.ModelTrust.Tests.Policy;

public sealed class TrustMemoryTests : IDisposable
{
    private readonly PolicyScene _scene = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scene.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_was_seen_is_known_after_a_restart()
    {
        var memory = Open();
        Assert.Null(memory.Recall("guide", "v1"));
        Assert.Null(memory.Admit(Statement(2)));
        Assert.Null(memory.Admit(Statement(1, "v2")));
        Assert.Null(memory.Admit(Statement(3)));
        memory = Open();
        Assert.Equal((3, false), (memory.Recall("guide", "v1")!.Sequence, memory.Recall("guide", "v1")!.Revoked));
        Assert.Equal(1, memory.Recall("guide", "v2")!.Sequence);
        Assert.Equal(RefusalCodes.StatementReplayed, memory.Admit(Statement(2))?.Code);
        Assert.Null(memory.Admit(Statement(3)));
        Assert.Equal(AtomicFile.Secret, File.GetUnixFileMode(_folder["seen.json"]));
    }

    [Fact]
    public void A_revocation_is_known_after_a_restart_and_stays()
    {
        Assert.Null(Open().Admit(Statement(2, revoked: true)));
        var memory = Open();
        Assert.Null(memory.Admit(Statement(3)));
        Assert.True(memory.Recall("guide", "v1")!.Revoked);
        Assert.True(Open().Recall("guide", "v1")!.Revoked);
    }

    [Fact]
    public void A_policy_older_than_one_seen_before_is_refused_and_so_is_a_second_one_of_its_version()
    {
        Assert.Null(Open().Admit(Policy(3)));
        Assert.Null(Open().Admit(Policy(3)));
        Assert.Equal(RefusalCodes.PolicyOutdated, Open().Admit(Policy(2))?.Code);
        Assert.Equal(RefusalCodes.PolicyOutdated, Open().Admit(Policy(3, "cut"))?.Code);
        Assert.Null(Open().Admit(Policy(4)));
        Assert.Equal(RefusalCodes.PolicyOutdated, Open().Admit(Policy(3))?.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"policy":{"version":-1,"digest":""},"versions":{}}""")]
    [InlineData("""{"policy":{"version":1,"digest":""},"versions":{"guide:v1":{"sequence":1,"revoked":"no","payload_digest":""}}}""")]
    [InlineData("""{"policy":{"version":1,"digest":""},"versions":{"guide:v1":{"revoked":false,"payload_digest":""}}}""")]
    public void A_memory_that_can_not_be_read_is_not_begun_anew(string content)
    {
        File.WriteAllText(_folder["seen.json"], content);
        Assert.Equal(RefusalCodes.MemoryMalformed, TrustMemory.Open(_folder["seen.json"]).Refusal?.Code);
    }

    [Fact]
    public void What_can_not_be_written_is_not_known()
    {
        var memory = PolicyScene.Value(TrustMemory.Open(_folder["missing", "seen.json"]));
        Assert.Equal(RefusalCodes.WriteFailed, memory.Admit(Statement(2))?.Code);
        Assert.Null(memory.Recall("guide", "v1"));
    }

    private TrustMemory Open() => PolicyScene.Value(TrustMemory.Open(_folder["seen.json"]));

    private ModelPolicy Policy(long version, string onRevocation = "finish")
    {
        var json = _scene.Json();
        json["version"] = version;
        json["models"]![0]!["on_revocation"] = onRevocation;
        return PolicyScene.Value(_scene.Open(json));
    }

    private StageStatement Statement(long sequence, string version = "v1", bool revoked = false) => PolicyScene.Value(StageStatement.Open(
        _scene.Stage(PolicyScene.Statement() with { Sequence = sequence, Version = version, Revoked = revoked }), AllowedSigners.Only(_scene.Approver.PublicKey)));
}
