using System.Security.Cryptography.X509Certificates;
using System.Text;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Tests.Cli;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary><c>zakenak identity enroll --secret</c>: an identity for who takes it from a Secret, as Prometheus does.</summary>
public sealed class ClusterSecretTests
{
    [Fact]
    public async Task An_identity_goes_into_the_Secret_that_is_named_and_nowhere_else()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        var cli = new CommandLine(cluster.Home.Root);

        Assert.True(await cli.Run(Enroll(cluster)) == 0, cli.Error);

        var secret = Assert.Single(cluster.Api.Secrets);
        Assert.Equal("serving/prometheus-svid", secret.Key);
        Assert.Equal(["ca.crt", "tls.crt", "tls.key"], secret.Value.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(await File.ReadAllTextAsync(cluster.Home.AnchorsFile, TestContext.Current.CancellationToken), Encoding.ASCII.GetString(secret.Value["ca.crt"]));
        using var pair = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(secret.Value["tls.crt"]), Encoding.ASCII.GetString(secret.Value["tls.key"]));
        Assert.True(pair.HasPrivateKey);
        Assert.Contains("spiffe://zakenak.local/ns/serving/sa/prometheus", cli.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", cli.Output + cli.Error, StringComparison.Ordinal);

        // The next one replaces it.
        Assert.Equal(0, await cli.Run(Enroll(cluster)));
        Assert.NotEqual(secret.Value["tls.key"], Assert.Single(cluster.Api.Secrets).Value["tls.key"]);
    }

    [Theory]
    [InlineData(403, "may not change it, or it is not there yet")]
    [InlineData(401, "does not accept the account's token")]
    [InlineData(500, "answered with status 500")]
    public async Task A_refusal_of_the_API_server_is_said_without_the_identity(int status, string said)
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        cluster.Api.Interfere = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/secrets/", StringComparison.Ordinal))
                return false;
            await ApiServerStandIn.FailAsync(context, status, "Reason", "sentence");
            return true;
        };
        var cli = new CommandLine(cluster.Home.Root);

        Assert.Equal(1, await cli.Run(Enroll(cluster)));
        Assert.Contains(said, cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", cli.Output + cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_sent_to_nobody_who_does_not_prove_to_be_the_API_server()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        await using var other = await ApiServerStandIn.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(Account(cluster), "ca.crt"), other.CaPem, TestContext.Current.CancellationToken);
        var cli = new CommandLine(cluster.Home.Root);

        Assert.Equal(1, await cli.Run([.. Enroll(cluster, isAccountMade: true)]));
        Assert.StartsWith("write_failed: ", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cluster.Api.Secrets);
    }

    [Theory]
    [InlineData("--dest", "me")]
    [InlineData("--secret", "../configmaps/x")]
    [InlineData("--api-server", "http://127.0.0.1")]
    public async Task What_makes_no_sense_is_refused(string option, string value)
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        var cli = new CommandLine(cluster.Home.Root);

        string[] command = option == "--dest" ? [.. Enroll(cluster), option, value] : [.. Enroll(cluster).Select((word, i) => i > 0 && Enroll(cluster)[i - 1] == option ? value : word)];
        Assert.Equal(2, await cli.Run(command));
        Assert.Contains(option, cli.Error, StringComparison.Ordinal);
    }

    private static string[] Enroll(ClusterAuthority cluster, bool isAccountMade = false)
    {
        var account = Account(cluster);
        if (!isAccountMade)
            File.WriteAllText(Path.Combine(account, "ca.crt"), cluster.Api.CaPem);
        File.WriteAllText(Path.Combine(account, "token"), cluster.Api.ReviewerToken + "\n");
        var token = Path.Combine(cluster.Home.Root, "prometheus.token");
        File.WriteAllText(token, cluster.Api.Issue(PodToken.Of(ServiceNames.Prometheus)));
        return
        [
            "identity", "enroll", "--authority", cluster.Authority.Url.GetLeftPart(UriPartial.Authority), "--trust-anchors", cluster.Home.AnchorsFile, "--namespace", ClusterAuthority.Namespace,
            "--as", ServiceNames.Prometheus, "--token", token, "--secret", "prometheus-svid", "--api-server", cluster.Api.Url.GetLeftPart(UriPartial.Authority), "--api-server-account", account,
        ];
    }

    private static string Account(ClusterAuthority cluster) => Directory.CreateDirectory(Path.Combine(cluster.Home.Root, "account")).FullName;
}
