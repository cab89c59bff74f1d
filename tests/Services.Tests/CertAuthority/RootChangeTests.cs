using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>The root is changed while services run: both are published first, then the other authority issues, then the old root is forgotten.</summary>
public sealed class RootChangeTests
{
    [Fact]
    public async Task A_root_is_changed_while_services_keep_their_identity()
    {
        using var oldHome = new AuthorityHome();
        using var newHome = new AuthorityHome();
        await using var api = await ApiServerStandIn.StartAsync("127.0.0.1");
        foreach (var home in new[] { oldHome, newHome })
        {
            File.WriteAllText(Path.Combine(home.Root, "ca.crt"), api.CaPem);
            File.WriteAllText(Path.Combine(home.Root, "api-server.token"), api.ReviewerToken);
            await using var first = await StartAsync(home, api, null);
        }

        var (oldRoot, newRoot) = (File.ReadAllText(oldHome.AnchorsFile), File.ReadAllText(newHome.AnchorsFile));
        WorkloadIdentity gateway;
        await using (var authority = await StartAsync(oldHome, api, newHome.AnchorsFile))
        {
            await PublishedAsync(api, oldRoot, newRoot);
            gateway = await EnrollAsync(authority, api, oldHome);
            Assert.Equal(Hash(oldRoot), RootOf(gateway));
        }

        await using (var authority = await StartAsync(newHome, api, oldHome.AnchorsFile))
        {
            await PublishedAsync(api, newRoot, oldRoot);
            using var handler = WorkloadHttpHandler.Create(gateway, ServiceNames.CertAuthority);
            Assert.Equal(200, (await authority.PostAsync(handler, null, RunningAuthority.Csr())).Status);
            Assert.Equal(Hash(newRoot), RootOf(await EnrollAsync(authority, api, newHome)));
        }

        await using (var authority = await StartAsync(newHome, api, null))
        {
            await PublishedAsync(api, newRoot);
            using var handler = WorkloadHttpHandler.Create(gateway, ServiceNames.CertAuthority);
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => authority.PostAsync(handler, null, RunningAuthority.Csr()));
        }
    }

    [Fact]
    public async Task A_file_of_roots_that_holds_none_stops_the_start()
    {
        using var home = new AuthorityHome();
        File.WriteAllText(Path.Combine(home.Root, "none.pem"), "nothing");
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => RunningAuthority.StartAsync(
            home, configure: b => b.Configuration.AddInMemoryCollection([new("CertAuthority:AdditionalRootsFile", Path.Combine(home.Root, "none.pem"))])));
        Assert.StartsWith("CertAuthority:AdditionalRootsFile: ", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<RunningAuthority> StartAsync(AuthorityHome home, ApiServerStandIn api, string? furtherRoots) => RunningAuthority.StartAsync(home, configure: b => b.Configuration.AddInMemoryCollection(
    [
        new("Service:Namespace", ClusterAuthority.Namespace),
        new("CertAuthority:EnrollmentKeyFile", null),
        new("CertAuthority:Kubernetes:Url", api.Url.GetLeftPart(UriPartial.Authority)),
        new("CertAuthority:Kubernetes:CaFile", Path.Combine(home.Root, "ca.crt")),
        new("CertAuthority:Kubernetes:TokenFile", Path.Combine(home.Root, "api-server.token")),
        new("CertAuthority:AdditionalRootsFile", furtherRoots),
    ]));

    private static async Task<WorkloadIdentity> EnrollAsync(RunningAuthority authority, ApiServerStandIn api, AuthorityHome home)
    {
        // What a pod has mounted: all that is published.
        var (roots, token) = (Path.Combine(home.Root, "mounted.pem"), Path.Combine(home.Root, "gateway.token"));
        File.WriteAllText(roots, api.BundleOf(ClusterAuthority.Namespace));
        File.WriteAllText(token, api.Issue(PodToken.Of(ServiceNames.Gateway)));
        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
            SpiffeId.ForService("zakenak.local", ClusterAuthority.Namespace, ServiceNames.Gateway), authority.Url, roots, token, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Null(failure);
        return identity!;
    }

    private static Task PublishedAsync(ApiServerStandIn api, params string[] roots) =>
        Eventually.IsTrueAsync(() => Hashes(api.BundleOf(ClusterAuthority.Namespace) ?? "").SequenceEqual(roots.Select(Hash)), $"{roots.Length} roots are published");

    private static string RootOf(WorkloadIdentity identity)
    {
        using var chain = new X509Chain { ChainPolicy = identity.Bundle.ToChainPolicy(TrustBundle.ClientUsage, DateTimeOffset.UtcNow) };
        chain.ChainPolicy.ExtraStore.AddRange(identity.Current.Chain.ToArray());
        Assert.True(chain.Build(identity.Current.Certificate));
        return chain.ChainElements[^1].Certificate.Thumbprint;
    }

    private static string Hash(string pem) => Hashes(pem).Single();

    private static IEnumerable<string> Hashes(string pem)
    {
        X509Certificate2Collection roots = [];
        roots.ImportFromPem(pem);
        return roots.Select(root => root.Thumbprint);
    }
}
