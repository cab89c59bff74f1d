using System.Security.Cryptography;
using Zakenak.Audit;

namespace Zakenak.ModelTrust.Tests.Cli;

public sealed class AuditVerifyTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly CommandLine _cli;

    public AuditVerifyTests() => _cli = new CommandLine(_folder.Path);

    private string Records => Directory.GetFiles(_folder["log"], "audit-*.jsonl").Single();

    public async ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(_folder["audit.pub.pem"], key.ExportSubjectPublicKeyInfoPem());
        await using (var log = AuditLog.Open(new AuditLogOptions { Directory = _folder["log"], Name = "model-registry", CheckpointKey = key }, TimeProvider.System))
        {
            for (var i = 0; i < 5; i++)
            {
                await log.AppendAsync(new AuditRecord("spiffe://zakenak.local/ns/dev/sa/operator", "model.pushed", $"guide:v{i + 1}", AuditOutcome.Done));
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_log_that_holds_is_verified_with_and_without_its_key()
    {
        Assert.Equal(0, await _cli.Run("audit", "verify", "log"));
        Assert.Contains("Signatures were not checked", _cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _cli.Run("audit", "verify", "log", "--public-key", "audit.pub.pem", "--name", "model-registry", "--output", "json"));
        Assert.Equal((long)_cli.Json["records"]!, (long)_cli.Json["checkpointed"]!);
        Assert.True((long)_cli.Json["records"]! >= 5);
    }

    [Theory]
    [InlineData("change", "hash_mismatch", 3)]
    [InlineData("delete", "sequence_gap", 3)]
    [InlineData("reorder", "sequence_gap", 3)]
    [InlineData("truncate", "truncated", 0)]
    [InlineData("rewrite", "checkpoint_signature", 0)]
    public async Task A_log_that_was_tampered_with_is_refused_with_the_place(string how, string code, int line)
    {
        var lines = (await File.ReadAllLinesAsync(Records)).ToList();
        switch (how)
        {
            case "change":
                lines[2] = lines[2].Replace("guide:v", "other:v", StringComparison.Ordinal);
                break;
            case "delete":
                lines.RemoveAt(2);
                break;
            case "reorder":
                (lines[2], lines[3]) = (lines[3], lines[2]);
                break;
            case "truncate":
                lines.RemoveRange(4, lines.Count - 4);
                break;
            default:
                using (var other = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    await File.WriteAllTextAsync(_folder["audit.pub.pem"], other.ExportSubjectPublicKeyInfoPem());
                }

                break;
        }

        await File.WriteAllLinesAsync(Records, lines);
        Assert.Equal(3, await _cli.Run("audit", "verify", "log", "--public-key", "audit.pub.pem"));
        Assert.StartsWith(code + ": ", _cli.Error, StringComparison.Ordinal);
        Assert.Single(_cli.Error.TrimEnd().Split('\n'));
        Assert.Equal(3, await _cli.Run("audit", "verify", "log", "--public-key", "audit.pub.pem", "--output", "json"));
        Assert.Equal(code, (string?)_cli.Json["error"]!["code"]);
        if (line > 0)
        {
            Assert.Equal(line, (int)_cli.Json["error"]!["line"]!);
        }
    }

    [Fact]
    public async Task A_log_cut_together_with_its_checkpoints_is_found_by_one_from_elsewhere()
    {
        await File.WriteAllTextAsync(_folder["seen.json"], (await File.ReadAllLinesAsync(_folder["log", "checkpoints.jsonl"]))[^1]);
        await File.WriteAllLinesAsync(Records, (await File.ReadAllLinesAsync(Records))[..4]);
        File.Delete(_folder["log", "checkpoints.jsonl"]);
        Assert.Equal(0, await _cli.Run("audit", "verify", "log"));
        Assert.Equal(3, await _cli.Run("audit", "verify", "log", "--public-key", "audit.pub.pem", "--checkpoint", "seen.json"));
        Assert.StartsWith("truncated: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, await _cli.Run("audit", "verify", "log", "--name", "cert-authority"));
        Assert.StartsWith("log_name: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, await _cli.Run("audit", "verify", "elsewhere"));
        Assert.StartsWith("audit_log_not_found: ", _cli.Error, StringComparison.Ordinal);
    }
}
