using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Cli;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.CertAuthority;
using Zakenak.Services.Tests.ModelRegistry;

namespace Zakenak.Services.Tests.ModelDelivery;

/// <summary>A person at the command line with the real registry and the real certificate authority, laid out as the development suite lays them out.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private readonly AuthorityHome _authorityHome = new();
    private RunningAuthority _authority = null!;
    private RunningRegistry _registry = null!;

    private Desk() => Cli = new CommandLine(Root);

    public RegistryHome Home { get; } = new();

    public string Root { get; } = Directory.CreateTempSubdirectory("zakenak-desk-").FullName;

    public CommandLine Cli { get; }

    public Uri RegistryUrl => _registry.Services.GetRequiredService<Listeners>().TrafficUrl;

    public string Policy => Path.Combine(State, "trust", "policy.json");

    public string State => Path.Combine(Root, ".zakenak");

    public static async Task<Desk> OpenAsync()
    {
        var desk = new Desk();
        desk._authority = await RunningAuthority.StartAsync(desk._authorityHome, configure: builder => builder.Logging.ClearProviders());
        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
            SpiffeId.ForService("zakenak.local", "dev", ServiceNames.ModelRegistry),
            desk._authority.Url,
            desk._authorityHome.AnchorsFile,
            desk._authorityHome.TokenFile(ServiceNames.ModelRegistry),
            TimeProvider.System,
            TestContext.Current.CancellationToken);
        Assert.Null(failure);
        desk._registry = await RunningRegistry.StartAsync(desk.Home, configure: builder => builder.Services.AddSingleton<IWorkloadIdentity>(identity!));
        desk.LayOut();
        return desk;
    }

    public string In(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Makes a signed folder.</summary>
    public string Sign(string folder, string subject, int bytes = 100_000)
    {
        var model = Directory.CreateDirectory(In(folder)).FullName;
        File.WriteAllBytes(Path.Combine(model, "weights.bin"), RandomNumberGenerator.GetBytes(bytes));
        File.WriteAllText(Path.Combine(model, "README.md"), "# card\n");
        Assert.Null(ModelSigner.Sign(model, Path.Combine(model, "model.sig"), Home.Signer, subject).Refusal);
        return model;
    }

    /// <summary>An identity in files, as one has it outside of development, and the options that name it.</summary>
    public async Task<string[]> IdentityOptionsAsync()
    {
        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
            SpiffeId.ForService("zakenak.local", "dev", ServiceNames.Operator),
            _authority.Url,
            _authorityHome.AnchorsFile,
            _authorityHome.TokenFile(ServiceNames.Operator),
            TimeProvider.System,
            TestContext.Current.CancellationToken);
        Assert.Null(failure);
        var svid = identity!.Current;
        await File.WriteAllTextAsync(In("id.pem"), string.Join('\n', svid.Chain.Prepend(svid.Certificate).Select(c => c.ExportCertificatePem())));
        await File.WriteAllTextAsync(In("id.key"), svid.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return ["--registry", RegistryUrl.GetLeftPart(UriPartial.Authority), "--identity-cert", "id.pem", "--identity-key", "id.key", "--trust-anchors", _authorityHome.AnchorsFile];
    }

    /// <summary>Puts the next version of the policy where the commands read it.</summary>
    public void WriteNextPolicy()
    {
        Home.WritePolicy();
        CopyPolicy();
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _authority.DisposeAsync();
        Home.Dispose();
        _authorityHome.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private void CopyPolicy()
    {
        File.Copy(Home["policy.json"], Policy, overwrite: true);
        File.Copy(Home["policy.json.sig"], Policy + ".sig", overwrite: true);
    }

    private void LayOut()
    {
        Directory.CreateDirectory(Path.Combine(State, "run"));
        Directory.CreateDirectory(Path.Combine(State, "trust"));
        File.Copy(_authorityHome.EnrollmentKeyFile, Path.Combine(State, "run", "enrollment-key"));
        File.Copy(_authorityHome.AnchorsFile, Path.Combine(State, "trust", "root.pem"));
        CopyPolicy();
        File.Copy(Home["root.pub.pem"], Path.Combine(State, "trust", "policy-root.pub.pem"));
        File.WriteAllText(
            Path.Combine(State, "run", "endpoints.json"),
            $$"""{"model-registry":"{{RegistryUrl.GetLeftPart(UriPartial.Authority)}}","cert-authority":"{{_authority.Url.GetLeftPart(UriPartial.Authority)}}"}""");
        Assert.Null(KeyFiles.Write(Home.Approver, In("approver.pem"), force: false));
        Assert.Null(KeyFiles.Write(Home.Signer, In("signer.pem"), force: false));
    }
}
