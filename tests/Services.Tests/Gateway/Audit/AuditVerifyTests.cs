using Zakenak.ModelTrust.Tests.Cli;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Audit;

/// <summary><c>zakenak audit verify</c> on a gateway's log.</summary>
public sealed class AuditVerifyTests : IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private readonly TemporaryFolder _folder = new();
    private readonly CommandLine _cli;

    public AuditVerifyTests() => _cli = new CommandLine(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Finds_every_change_deletion_reordering_and_truncation_in_any_of_its_files()
    {
        await using (var gateway = await GatewayHost.StartAsync(_domain, [], ("Audit:Directory", _folder["audit"]), ("Audit:MaxFileBytes", "65536"), ("Audit:CommitInterval", "00:00:00.001")))
        {
            // More than one file.
            while (Files().Length < 3)
            {
                for (var i = 0; i < 50; i++)
                    (await gateway.Anonymous.GetAsync("/v1/models")).Dispose();
            }
        }

        Assert.Equal(0, await Verify());
        Assert.Contains("audit log of gateway", _cli.Output, StringComparison.Ordinal);
        var files = Files();
        await RefusedAfter(files[1], lines => lines[3] = lines[3].Replace("401", "200", StringComparison.Ordinal), "hash_mismatch");
        await RefusedAfter(files[0], lines => lines.RemoveAt(4), "sequence_gap");
        await RefusedAfter(files[1], lines => (lines[5], lines[6]) = (lines[6], lines[5]), "sequence_gap");
        await RefusedAfter(files[^1], lines => lines.RemoveAt(lines.Count - 1), "truncated");
        await RefusedAfter(files[0], lines => lines.RemoveRange(lines.Count - 2, 2), "file_missing");
        File.Move(files[1], _folder["away"]);
        Assert.Equal(3, await Verify());
        Assert.Contains("file_missing", _cli.Error, StringComparison.Ordinal);
        File.Move(_folder["away"], files[1]);
        Assert.Equal(0, await Verify());
    }

    private string[] Files() => Directory.Exists(_folder["audit"]) ? [.. Directory.GetFiles(_folder["audit"], "audit-*.jsonl").Order(StringComparer.Ordinal)] : [];

    private Task<int> Verify() => _cli.Run("audit", "verify", "audit", "--public-key", Path.Combine("audit-key", "key.pub.pem"), "--name", "gateway");

    private async Task RefusedAfter(string file, Action<List<string>> change, string code)
    {
        var before = File.ReadAllBytes(file);
        List<string> lines = [.. File.ReadAllLines(file)];
        change(lines);
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
        Assert.Equal(3, await Verify());
        Assert.Contains(code, _cli.Error, StringComparison.Ordinal);
        File.WriteAllBytes(file, before);
    }
}
