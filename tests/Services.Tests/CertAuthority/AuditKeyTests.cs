using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Audit;
using Zakenak.CertAuthority;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

public sealed class AuditKeyTests : IDisposable
{
    private readonly AuthorityHome _home = new();

    public void Dispose() => _home.Dispose();

    private string KeyFolder => Path.Combine(_home.Directory, "audit-key");

    private async Task StartOnceAsync(TimeProvider? time = null)
    {
        await using var authority = await RunningAuthority.StartAsync(
            _home, configure: b => b.Services.AddSingleton(time ?? TimeProvider.System));
        await authority.Services.GetRequiredService<IWorkloadIdentity>().WaitForSvidAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Checkpoints_outlive_every_issuing_key()
    {
        var time = new SetClock(DateTimeOffset.UtcNow);
        var issuing = new HashSet<string>();
        for (var start = 0; start < 2; start++)
        {
            await StartOnceAsync(time);
            issuing.Add(File.ReadAllText(Path.Combine(Assert.Single(Directory.GetDirectories(_home.Directory, "issuing-*")), "cert.pem")));
            time.Now += TimeSpan.FromDays(100);
        }

        Assert.Equal(2, issuing.Count);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(KeyFolder, "public.pem")));
        var log = Path.Combine(_home.Directory, "audit");
        Assert.Equal(3, File.ReadAllLines(Path.Combine(log, "checkpoints.jsonl")).Length); // at the log's beginning and at each end
        var verified = AuditVerifier.Verify(log, ServiceNames.CertAuthority, [key]);
        Assert.Null(verified.Fault);
        Assert.Equal(verified.Records, verified.Checkpointed);
    }

    [Theory]
    [InlineData("key.pem", "truncated")]
    [InlineData("key.pem", "missing")]
    [InlineData("public.pem", "of_another_pair")]
    public async Task A_damaged_audit_key_is_refused_by_name_and_not_replaced(string file, string damage)
    {
        await StartOnceAsync();
        var path = Path.Combine(KeyFolder, file);
        switch (damage)
        {
            case "truncated": File.WriteAllText(path, File.ReadAllText(path)[..40]); break;
            case "missing": File.Delete(path); break;
            default:
                using (var other = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    File.WriteAllText(path, other.ExportSubjectPublicKeyInfoPem());
                }

                break;
        }

        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => RunningAuthority.StartAsync(_home));
        Assert.Contains("audit-key", refusal.Message);
        Assert.Equal(damage != "missing", File.Exists(path));
    }

    [Fact]
    public void Killed_at_any_step_of_its_making_the_next_start_has_a_whole_key()
    {
        for (var killAt = 0; killAt < 5; killAt++)
        {
            using var home = new AuthorityHome();
            using (var folder = AuthorityFolder.Open(home.Directory))
            {
                var step = 0;
                folder.BeforeStep = _ => Assert.False(step++ == killAt, "killed");
                Assert.ThrowsAny<Exception>(() => AuditKey.Open(folder, NullLogger<AuditKey>.Instance));
            }

            using (var folder = AuthorityFolder.Open(home.Directory))
            {
                using var made = AuditKey.Open(folder, NullLogger<AuditKey>.Instance);
                using var kept = AuditKey.Open(folder, NullLogger<AuditKey>.Instance);
                Assert.Equal(AuditCheckpoint.IdOf(made.Key), AuditCheckpoint.IdOf(kept.Key));
            }

            Assert.Empty(Directory.GetDirectories(home.Directory, ".making-*"));
        }
    }
}
