using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Tests.Cli;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>Enrollment outside a cluster and outside development: each service shares a key of its own with the authority.</summary>
public sealed class ServiceKeyTests : IDisposable
{
    private const string Namespace = "lab";

    private readonly AuthorityHome _home = new();

    public ServiceKeyTests()
    {
        Directory.CreateDirectory(Keys);
        foreach (var service in new[] { ServiceNames.Gateway, ServiceNames.Operator })
            WriteKey(service);
    }

    private static SpiffeId Authority { get; } = SpiffeId.ForService("zakenak.local", Namespace, ServiceNames.CertAuthority);

    private string Keys => Path.Combine(_home.Root, "keys");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_service_enrolls_by_its_key_at_every_start()
    {
        await using var authority = await StartAsync();
        for (var start = 0; start < 2; start++)
        {
            await using var service = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.Gateway, configure: b => b.Configuration.AddInMemoryCollection(
                [new("Service:Namespace", Namespace), new("Identity:TokenFile", ""), new("Identity:KeyFile", Path.Combine(Keys, ServiceNames.Gateway))]));
            await service.EnrolledAsync();
            Assert.Equal("spiffe://zakenak.local/ns/lab/sa/gateway", service.Identity.Id.ToString());
        }

        Assert.True(File.Exists(Path.Combine(Keys, ServiceNames.Gateway)));
        var health = await authority.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "trust_bundle");
        Assert.Equal(HealthStatus.Healthy, health.Status);
    }

    [Fact]
    public async Task A_key_makes_its_service_and_no_other_and_a_token_is_good_once()
    {
        await using var authority = await StartAsync();
        var key = await File.ReadAllBytesAsync(Path.Combine(Keys, ServiceNames.Gateway));
        Assert.Equal((401, "token_invalid", null), await EnrollAsync(authority, Token(ServiceNames.ModelServer, Namespace).Protect(key)));
        Assert.Equal((401, "token_invalid", null), await EnrollAsync(authority, Token(ServiceNames.Operator, Namespace).Protect(key)));
        Assert.Equal((401, "token_invalid", null), await EnrollAsync(authority, Token(ServiceNames.Gateway, Namespace).Protect(RandomNumberGenerator.GetBytes(32))));
        Assert.Equal((403, "namespace_not_allowed", null), await EnrollAsync(authority, Token(ServiceNames.Gateway, "elsewhere").Protect(key)));

        var token = Token(ServiceNames.Gateway, Namespace).Protect(key);
        Assert.Equal(200, (await EnrollAsync(authority, token)).Status);
        Assert.Equal((401, "token_spent", null), await EnrollAsync(authority, token));
    }

    [Fact]
    public async Task A_person_enrolls_by_the_command_line_and_gets_files_for_other_commands()
    {
        await using var authority = await StartAsync();
        var cli = new CommandLine(_home.Root);
        string[] enroll = ["identity", "enroll", "--authority", authority.Url.GetLeftPart(UriPartial.Authority), "--trust-anchors", _home.AnchorsFile, "--namespace", Namespace, "--dest", "me"];

        Assert.True(await cli.Run([.. enroll, "--enrollment-key", Path.Combine(Keys, ServiceNames.Operator)]) == 0, cli.Error);
        Assert.Contains("spiffe://zakenak.local/ns/lab/sa/operator", cli.Output, StringComparison.Ordinal);
        var me = Zakenak.Cli.Peers.OperatorIdentity.Load(new(Path.Combine(_home.Root, "me/cert.pem"), Path.Combine(_home.Root, "me/key.pem"), Path.Combine(_home.Root, "me/roots.pem")));
        Assert.Equal("spiffe://zakenak.local/ns/lab/sa/operator", me.Value!.Id.ToString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_home.Root, "me/key.pem")));

        Assert.Equal(3, await cli.Run([.. enroll, "--enrollment-key", Path.Combine(Keys, ServiceNames.Gateway)]));
        Assert.StartsWith("enrollment_refused: ", cli.Error, StringComparison.Ordinal);
        Assert.Contains("token_invalid", cli.Error, StringComparison.Ordinal);
        Assert.Equal(2, await cli.Run(enroll));
    }

    [Fact]
    public async Task A_key_of_nobody_and_one_that_others_can_read_stop_the_start()
    {
        WriteKey("stranger");
        Assert.Contains("stranger is named after no service", (await Assert.ThrowsAsync<StartRefusedException>(StartAsync)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Keys, "stranger"));
        File.SetUnixFileMode(Path.Combine(Keys, ServiceNames.Gateway), (UnixFileMode)Convert.ToInt32("644", 8));
        Assert.Contains("chmod go=", (await Assert.ThrowsAsync<StartRefusedException>(StartAsync)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Identity:TokenFile", "")]
    [InlineData("Identity:KeyFile", "some.key")]
    public async Task A_service_is_told_of_one_proof_and_not_of_two(string key, string value)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => EnrolledService.StartAsync(
            _home, new Uri("https://127.0.0.1:1"), ServiceNames.Gateway, configure: b => b.Configuration.AddInMemoryCollection([new(key, value)])));
        Assert.Contains("Identity:TokenFile", e.Message, StringComparison.Ordinal);
    }

    private static EnrollmentToken Token(string service, string ns) => EnrollmentToken.Create(service, ns, DateTimeOffset.UtcNow.AddMinutes(1));

    private static async Task<(int Status, string? Code, SvidResponse? Svid)> EnrollAsync(RunningAuthority authority, string token)
    {
        using var handler = WorkloadHttpHandler.CreateAnonymous(authority.Anchors, Authority);
        return await authority.PostAsync(handler, token, RunningAuthority.Csr());
    }

    private void WriteKey(string service)
    {
        var path = Path.Combine(Keys, service);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<RunningAuthority> StartAsync() => RunningAuthority.StartAsync(_home, configure: b => b.Configuration.AddInMemoryCollection(
        [new("Service:Namespace", Namespace), new("CertAuthority:EnrollmentKeyFile", ""), new("CertAuthority:EnrollmentKeysDirectory", Keys)]));
}
