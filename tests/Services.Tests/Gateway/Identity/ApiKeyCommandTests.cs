using System.Net;
using System.Net.Http.Headers;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Tests.Cli;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.Gateway.Admin;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

/// <summary>API keys at the command line: in a file, and at a gateway that runs.</summary>
public sealed class ApiKeyCommandTests : IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static async Task<HttpStatusCode> UseAsync(GatewayHost gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await gateway.Anonymous.SendAsync(request);
        return answer.StatusCode;
    }

    [Fact]
    public async Task A_key_made_in_a_file_works_at_the_gateway_that_reads_it_until_it_is_revoked()
    {
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(0, await cli.Run("apikey", "create", "--file", "keys.json", "--tenant", "acme", "--scope", "models", "--label", "ci"));

        // Standard output is the key alone, and it is nowhere else.
        var key = cli.Output.Trim();
        Assert.True(ApiKey.TryGetId(key, out var span));
        var id = span.ToString();
        Assert.Contains(id, cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(key[20..], cli.Error + await File.ReadAllTextAsync(_folder["keys.json"]), StringComparison.Ordinal);

        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("ApiKeys:File", _folder["keys.json"]), ("ApiKeys:ReloadInterval", "00:00:00.050"));
        Assert.Equal(HttpStatusCode.OK, await UseAsync(gateway, key));
        Assert.Equal(0, await cli.Run("apikey", "list", "--file", "keys.json"));
        Assert.Contains("ci", cli.Output, StringComparison.Ordinal);
        Assert.Contains("good until", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.Run("apikey", "revoke", id, "--file", "keys.json"));
        await GatewayHost.Until(() => UseAsync(gateway, key).GetAwaiter().GetResult() == HttpStatusCode.Unauthorized);
        Assert.Equal(0, await cli.Run("apikey", "list", "--file", "keys.json", "--output", "json"));
        Assert.NotNull(cli.Json["keys"]![0]!["revoked"]);
        Assert.Null(cli.Json["keys"]![0]!["sha256"]);
    }

    [Fact]
    public async Task A_gateway_that_runs_makes_lists_and_revokes_keys_for_whoever_may()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], [("ApiKeys:File", _folder["keys.json"]), .. Administrators.Named]);
        var svid = _domain.CreateIdentity("operator").Current;
        await File.WriteAllTextAsync(_folder["svid.pem"], svid.Certificate.ExportCertificatePem() + "\n" + svid.Chain[0].ExportCertificatePem());
        await File.WriteAllTextAsync(_folder["svid.key"], System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(svid.Certificate)!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(_folder["roots.pem"], _domain.Bundle.Roots[0].ExportCertificatePem());
        string[] there = ["--gateway", Administrators.UrlOf(gateway).ToString(), "--identity-cert", "svid.pem", "--identity-key", "svid.key", "--trust-anchors", "roots.pem"];
        var cli = new CommandLine(_folder.Path);

        Assert.True(await cli.Run(["apikey", "create", "--tenant", "acme", "--output", "json", .. there]) == 0, cli.Error + cli.Output);
        var key = (string)cli.Json["key"]!;
        var id = (string)cli.Json["item"]!["id"]!;
        Assert.Equal(HttpStatusCode.OK, await UseAsync(gateway, key));
        Assert.Equal(0, await cli.Run(["apikey", "list", .. there]));
        Assert.Contains(id, cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.Run(["apikey", "revoke", id, .. there]));
        Assert.Equal(HttpStatusCode.Unauthorized, await UseAsync(gateway, key));

        Assert.Equal(3, await cli.Run(["apikey", "revoke", "0123456789abcdef", .. there]));
        Assert.Contains("key_not_found", cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, await cli.Run(["apikey", "create", "--tenant", "A B", .. there]));
        Assert.Contains("invalid_key_order", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_said_and_changes_nothing()
    {
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(3, await cli.Run("apikey", "create", "--file", "keys.json", "--tenant", "A B"));
        Assert.Equal(2, await cli.Run("apikey", "create", "--file", "keys.json"));
        Assert.Equal(2, await cli.Run("apikey", "create", "--file", "keys.json", "--tenant", "acme", "--scope", "everything"));
        Assert.False(File.Exists(_folder["keys.json"]));
        Assert.Equal(3, await cli.Run("apikey", "revoke", "0123456789abcdef", "--file", "keys.json"));
        Assert.Contains("key_not_found", cli.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder["keys.json"], "no keys");
        Assert.Equal(1, await cli.Run("apikey", "list", "--file", "keys.json"));
        Assert.Equal("no keys", await File.ReadAllTextAsync(_folder["keys.json"]));

        // A whole key on a command line is in the shell's history: it is not taken, and not repeated.
        var key = ApiKey.Create();
        Assert.Equal(2, await cli.Run("apikey", "revoke", key, "--file", "keys.json"));
        Assert.DoesNotContain(key[20..], cli.Error, StringComparison.Ordinal);
    }
}
