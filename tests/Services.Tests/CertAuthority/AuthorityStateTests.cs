using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Zakenak.CertAuthority;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

public sealed class AuthorityStateTests : IDisposable
{
    private readonly AuthorityHome _home = new();

    public void Dispose() => _home.Dispose();

    private WorkloadIdentityOptions Identity(string trustDomain = "zakenak.local") => new() { TrustDomain = trustDomain, TrustAnchorsFile = _home.AnchorsFile };

    private Authority Open(TimeProvider? time = null, string trustDomain = "zakenak.local", Action<string>? beforeStep = null)
    {
        var folder = AuthorityFolder.Open(_home.Directory);
        try
        {
            folder.BeforeStep = beforeStep ?? (_ => { });
            return Authority.Open(folder, Identity(trustDomain), [], TimeSpan.FromHours(1), time ?? TimeProvider.System, NullLogger<Authority>.Instance);
        }
        finally
        {
            folder.Dispose();
        }
    }

    private StartRefusedException Refuses(string trustDomain = "zakenak.local") => Assert.Throws<StartRefusedException>(() => Open(trustDomain: trustDomain));

    [Fact]
    public async Task A_restart_keeps_the_root_and_the_spent_tokens()
    {
        var token = _home.Token();
        byte[] root;
        await using (var first = await RunningAuthority.StartAsync(_home))
        {
            root = first.Anchors.Roots[0].RawData;
            Assert.Equal(200, (await first.PostAsync(token, RunningAuthority.Csr())).Status);
        }

        await using var second = await RunningAuthority.StartAsync(_home);
        Assert.Equal(root, second.Services.GetRequiredService<Authority>().Bundle.Roots[0].RawData);
        Assert.Equal((401, "token_spent", null), await second.PostAsync(token, RunningAuthority.Csr()));
        Assert.Equal(200, (await second.PostAsync(_home.Token(), RunningAuthority.Csr())).Status);
    }

    [Fact]
    public async Task Keys_are_open_to_nobody_else_and_leave_the_folder_by_no_file()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes");
            return;
        }

        await using (var authority = await RunningAuthority.StartAsync(_home))
        {
            await authority.PostAsync(_home.Token(), RunningAuthority.Csr());
        }

        var rootKey = File.ReadAllText(Path.Combine(_home.Directory, "root", "key.pem"));
        foreach (var path in Directory.EnumerateFileSystemEntries(_home.Directory, "*", SearchOption.AllDirectories).Append(_home.Directory))
        {
            const UnixFileMode others = (UnixFileMode)0b111_111;
            Assert.True((File.GetUnixFileMode(path) & others) == 0, $"{path} is open to others");
            Assert.True(Directory.Exists(path) || path.EndsWith("root/key.pem", StringComparison.Ordinal) || !File.ReadAllText(path).Contains(rootKey[30..90], StringComparison.Ordinal));
        }

        Assert.DoesNotContain("PRIVATE", File.ReadAllText(_home.AnchorsFile));
    }

    [Fact]
    public void Killed_at_any_step_of_the_first_start_the_next_start_works()
    {
        for (var killAt = 0; ; killAt++)
        {
            using var home = new AuthorityHome();
            var step = 0;
            var state = new AuthorityStateTestsState(home);
            var killed = state.TryOpen(_ =>
            {
                if (step++ == killAt)
                {
                    throw new KilledException();
                }
            });
            var rootBefore = File.Exists(state.RootCertificate) ? File.ReadAllText(state.RootCertificate) : null;

            using var authority = state.TryOpen(_ => { });
            Assert.NotNull(authority);
            Assert.Equal(File.ReadAllText(home.AnchorsFile), File.ReadAllText(state.RootCertificate));
            Assert.True(rootBefore is null || rootBefore == File.ReadAllText(state.RootCertificate), "a root that had its name was replaced");
            Assert.Empty(Directory.GetDirectories(home.Directory, ".making-*"));
            if (killed is not null)
            {
                killed.Dispose();
                Assert.True(killAt >= 10, "two pairs of five steps each");
                return;
            }
        }
    }

    [Theory]
    [InlineData("root/cert.pem", "truncated")]
    [InlineData("root/cert.pem", "missing")]
    [InlineData("root/key.pem", "truncated")]
    [InlineData("root/key.pem", "of_another_pair")]
    [InlineData("issuing-0001/cert.pem", "truncated")]
    [InlineData("issuing-0001/cert.pem", "of_another_pair")]
    [InlineData("issuing-0001/key.pem", "missing")]
    public void Damaged_state_is_refused_by_name_and_left_alone(string file, string damage)
    {
        Open().Dispose();
        var path = Path.Combine(_home.Directory, file);
        var text = File.ReadAllText(path);
        switch (damage)
        {
            case "truncated": File.WriteAllText(path, text[..(text.Length / 2)]); break;
            case "missing": File.Delete(path); break;
            default: File.WriteAllText(path, OfAnotherPair(file)); break;
        }

        Assert.Contains(Path.GetFileName(Path.GetDirectoryName(path))!, Refuses().Message);
        Assert.Equal(damage != "missing", File.Exists(path));
        Assert.Single(Directory.GetDirectories(_home.Directory, "issuing-*"));
    }

    [Fact]
    public void An_issuing_pair_of_another_root_is_refused()
    {
        Open().Dispose();
        using var other = new AuthorityHome();
        new AuthorityStateTestsState(other).TryOpen(_ => { })!.Dispose();
        Directory.Delete(Path.Combine(_home.Directory, "issuing-0001"), recursive: true);
        Directory.Move(Path.Combine(other.Directory, "issuing-0001"), Path.Combine(_home.Directory, "issuing-0001"));
        Assert.Contains("was not signed by the root beside it", Refuses().Message);
    }

    [Fact]
    public void A_folder_of_another_trust_domain_is_refused()
    {
        Open().Dispose();
        Assert.Contains("another trust domain", Refuses("elsewhere.example").Message);
    }

    [Fact]
    public void Issuing_certificates_without_their_root_are_refused()
    {
        Open().Dispose();
        Directory.Delete(Path.Combine(_home.Directory, "root"), recursive: true);
        Assert.Contains("root is missing", Refuses().Message);
    }

    [Fact]
    public void Trust_anchors_of_another_root_are_never_overwritten()
    {
        Open().Dispose();
        var anchors = File.ReadAllText(_home.AnchorsFile);
        Directory.Delete(_home.Directory, recursive: true);
        Assert.Contains("trusts another root", Refuses().Message);
        Assert.Equal(anchors, File.ReadAllText(_home.AnchorsFile));
    }

    [Fact]
    public void Keys_that_others_may_read_are_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes");
            return;
        }

        Open().Dispose();
        File.SetUnixFileMode(Path.Combine(_home.Directory, "root", "key.pem"), (UnixFileMode)0b110_100_100);
        Assert.Contains("open to other users", Refuses().Message);
    }

    [Fact]
    public void A_second_authority_on_the_same_folder_is_refused()
    {
        using var first = AuthorityFolder.Open(_home.Directory);
        Assert.Contains("another certificate authority uses it", Assert.Throws<StartRefusedException>(() => AuthorityFolder.Open(_home.Directory)).Message);
    }

    [Fact]
    public void With_the_root_key_offline_the_authority_goes_on()
    {
        Open().Dispose();
        File.Delete(Path.Combine(_home.Directory, "root", "key.pem"));
        using var authority = Open();
        Assert.Equal("issuing-0001", authority.GetSigner().Name);
    }

    [Fact]
    public void The_next_issuing_certificate_is_known_before_it_signs()
    {
        var time = new SetClock(DateTimeOffset.UtcNow);
        using var authority = Open(time);
        Assert.Equal("issuing-0001", authority.GetSigner().Name);

        time.Now += TimeSpan.FromDays(61); // a third of 90 days is left
        Assert.Equal("issuing-0001", authority.GetSigner().Name);
        Assert.Equal(2, authority.Bundle.Issuing.Count);

        time.Now += TimeSpan.FromHours(1.1); // one SVID lifetime later everybody has renewed
        Assert.Equal("issuing-0002", authority.GetSigner().Name);

        time.Now += TimeSpan.FromDays(30); // the first one expired
        using var later = Open(time);
        Assert.Equal("issuing-0002", later.GetSigner().Name);
        Assert.False(Directory.Exists(Path.Combine(_home.Directory, "issuing-0001")));
    }

    [Fact]
    public void An_expired_root_is_refused()
    {
        Open().Dispose();
        var time = new SetClock(DateTimeOffset.UtcNow.AddDays(3651));
        Assert.Contains("expired", Assert.Throws<StartRefusedException>(() => Open(time)).Message);
    }

    [Fact]
    public void A_torn_last_line_of_the_spent_tokens_is_dropped_and_the_rest_kept()
    {
        using var folder = AuthorityFolder.Open(_home.Directory);
        var expires = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds();
        using (var spent = new SpentTokens(folder, TimeProvider.System, NullLogger<SpentTokens>.Instance))
        {
            Assert.Equal(TokenSpending.Spent, spent.Spend("first", expires, [1]));
        }

        File.AppendAllText(Path.Combine(_home.Directory, "spent-tokens"), "12345 abc");
        using var again = new SpentTokens(folder, TimeProvider.System, NullLogger<SpentTokens>.Instance);
        Assert.Equal(TokenSpending.SpentBefore, again.Spend("first", expires, [2]));
        Assert.Equal(TokenSpending.Spent, again.Spend("first", expires, [1]));
        Assert.Equal(TokenSpending.Spent, again.Spend("second", expires, [2]));
    }

    [Fact]
    public void A_full_disk_spends_nothing_and_leaves_whole_lines()
    {
        using var folder = AuthorityFolder.Open(_home.Directory);
        using var disk = new FakeDisk();
        var expires = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds();
        using (var spent = new SpentTokens(folder, TimeProvider.System, NullLogger<SpentTokens>.Instance, disk.Open))
        {
            disk.RoomLeft = 40;
            Assert.Equal(TokenSpending.Unrecorded, spent.Spend("first", expires, [1]));
            disk.RoomLeft = long.MaxValue;
            Assert.Equal(TokenSpending.Spent, spent.Spend("second", expires, [1]));
            Assert.Equal(TokenSpending.Spent, spent.Spend("first", expires, [2]));
        }

        using var again = new SpentTokens(folder, TimeProvider.System, NullLogger<SpentTokens>.Instance);
        Assert.Equal(TokenSpending.SpentBefore, again.Spend("first", expires, [1]));
        Assert.Equal(TokenSpending.SpentBefore, again.Spend("second", expires, [2]));
    }

    [Fact]
    public async Task While_the_disk_takes_no_token_none_is_honoured_and_none_is_lost()
    {
        using var disk = new FakeDisk();
        await using var authority = await RunningAuthority.StartAsync(_home, configure: b => b.Services.AddSingleton(s =>
            new SpentTokens(s.GetRequiredService<AuthorityFolder>(), TimeProvider.System, NullLogger<SpentTokens>.Instance, disk.Open)));
        var token = _home.Token();
        disk.RoomLeft = 40;
        Assert.Equal((503, "spending_unavailable", null), await authority.PostAsync(token, RunningAuthority.Csr()));
        disk.RoomLeft = long.MaxValue;
        Assert.Equal(200, (await authority.PostAsync(token, RunningAuthority.Csr())).Status);
        Assert.Equal((401, "token_spent", null), await authority.PostAsync(token, RunningAuthority.Csr()));
    }

    [Fact]
    public void Spent_tokens_are_forgotten_when_they_expire()
    {
        using var folder = AuthorityFolder.Open(_home.Directory);
        var time = new SetClock(DateTimeOffset.UtcNow);
        using (var spent = new SpentTokens(folder, time, NullLogger<SpentTokens>.Instance))
        {
            spent.Spend("first", time.Now.AddMinutes(5).ToUnixTimeSeconds(), [1]);
        }

        time.Now += TimeSpan.FromMinutes(6);
        new SpentTokens(folder, time, NullLogger<SpentTokens>.Instance).Dispose();
        Assert.Empty(File.ReadAllText(Path.Combine(_home.Directory, "spent-tokens")));
    }

    [Theory]
    [InlineData("CertAuthority:SvidLifetime", "00:00:01", "CertAuthority:SvidLifetime:")]
    [InlineData("CertAuthority:SvidLifetime", "soon", "CertAuthority:SvidLifetime:")]
    [InlineData("CertAuthority:DnsNames:gateway:0", "not a name", "CertAuthority:DnsNames:gateway:")]
    [InlineData("CertAuthority:DnsNames:getaway:0", "localhost", "'getaway' is no service")]
    [InlineData("CertAuthority:IpAddresses:gateway:0", "localhost", "CertAuthority:IpAddresses:gateway:")]
    [InlineData("CertAuthority:Directory", "", "CertAuthority:Directory:")]
    public async Task Wrong_configuration_is_named(string key, string value, string expected)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            RunningAuthority.StartAsync(_home, configure: b => b.Configuration.AddInMemoryCollection([new(key, value)])));
        Assert.Contains(expected, e.Message);
    }

    private static string OfAnotherPair(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (file.EndsWith("key.pem", StringComparison.Ordinal))
        {
            return key.ExportPkcs8PrivateKeyPem();
        }

        using var certificate = new CertificateRequest("CN=issuing", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem();
    }

    private sealed class KilledException : Exception;

    private sealed class AuthorityStateTestsState(AuthorityHome home)
    {
        public string RootCertificate => Path.Combine(home.Directory, "root", "cert.pem");

        public Authority? TryOpen(Action<string> beforeStep)
        {
            using var folder = AuthorityFolder.Open(home.Directory);
            folder.BeforeStep = beforeStep;
            try
            {
                return Authority.Open(
                    folder,
                    new WorkloadIdentityOptions { TrustAnchorsFile = home.AnchorsFile },
                    [],
                    TimeSpan.FromHours(1),
                    TimeProvider.System,
                    NullLogger<Authority>.Instance);
            }
            catch (KilledException)
            {
                return null;
            }
        }
    }
}
