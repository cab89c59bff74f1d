using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

public sealed class EnrollmentKeyTests : IDisposable
{
    private readonly AuthorityHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(0b110_100_000, 32, "chmod go=")]
    [InlineData(0b110_000_010, 32, "chmod go=")]
    [InlineData(0b110_000_000, 31, "exactly 32 random bytes")]
    public async Task An_enrollment_key_that_others_know_or_could_guess_is_refused(int mode, int bytes, string expected)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes");
            return;
        }

        File.WriteAllBytes(_home.EnrollmentKeyFile, new byte[bytes]);
        File.SetUnixFileMode(_home.EnrollmentKeyFile, (UnixFileMode)mode);
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => RunningAuthority.StartAsync(_home));
        Assert.StartsWith("CertAuthority:EnrollmentKeyFile: ", refusal.Message);
        Assert.Contains(expected, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public async Task An_enrollment_key_may_be_mounted_behind_a_link()
    {
        var elsewhere = _home.EnrollmentKeyFile + ".mounted";
        File.Move(_home.EnrollmentKeyFile, elsewhere);
        File.CreateSymbolicLink(_home.EnrollmentKeyFile, elsewhere);
        await using var authority = await RunningAuthority.StartAsync(_home);
        Assert.Equal(200, (await authority.PostAsync(_home.Token(), RunningAuthority.Csr())).Status);
    }
}
